"""Mutated feeds and replies by the thousand, in children whose time and memory are watched."""
