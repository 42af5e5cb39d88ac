"""Running programs that are older than the libraries they import.

``names`` is the table of removed names, ``restore`` puts them back when a module of the table is imported,
``notebook`` turns a notebook into Python, and ``runner`` executes either as ``__main__``.
"""
