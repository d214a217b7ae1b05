"""What the pages need of Sphinx beyond what it has: each module says what it adds."""
