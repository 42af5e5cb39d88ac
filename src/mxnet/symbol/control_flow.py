"""Loops and branches in graphs."""
