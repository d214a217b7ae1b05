"""Many files on one machine: which results go where, the work, and what is told of it.

inputs.py   words -> files, folders searched, patterns expanded
jobs.py     inputs -> jobs: names, collisions, what is kept, exit codes
work.py     one job, done: read, compressed, written
runner.py   jobs -> outcomes, in this process or in others
workers.py  the processes, seen from the one that hands out jobs
worker.py   what runs in them
state.py    what earlier runs did
shared.py   one palette for all pictures
outcome.py  what became of a job
report.py   outcomes -> words: the line for a person, the report of -v, the table at the end
facts.py    what is in a picture's file, and what it has lost of another
wording.py  bytes, factors and seconds as people write them

A folder of pictures is one call each of `inputs.find`, `jobs.plan` and `runner.run`, whoever calls them.
"""
