"""Celery, and nothing else: the doorbell, the tick and the processes that answer.

app ◀─ tasks ◀─ schedule ◀─ daemon        `python -m workers` runs the daemon
"""
