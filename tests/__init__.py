"""Tests: unit, integration, acceptance; `web` is the web they read."""
