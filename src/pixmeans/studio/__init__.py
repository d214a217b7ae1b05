"""The studio: a page on this computer that shows k-means at work on a picture.

server.py    a port, the browser, and the end
app.py       what can be asked for, and the answers
guard.py     who may ask, how much, and what the page may do
work.py      what is computed, by few threads
shelf.py     pictures and files in memory, the oldest put away first

The page itself is `explain.page`. Nothing that a client names is opened as a path, and files that it sends are decoded
in a process of their own.
"""
