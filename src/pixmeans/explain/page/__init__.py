"""The page: one document that is studio, report, player and lesson, and the script that drives it."""
