"""Many files on one machine: which results go where, the work, and what is told of it.

jobs.py     inputs -> jobs: names, collisions, what is kept, exit codes
runner.py   jobs -> outcomes: reading, compressing ahead in threads, writing
report.py   outcomes -> words: the line for a person, the report of -v, JSON
facts.py    what is in a picture's file, and what it has lost of another
wording.py  bytes, factors and seconds as people write them

A folder of pictures is one call each of `find`, `plan` and `run`, from the command line and from elsewhere.
"""
