"""Runs sheets: one worker process per nest, one core thread with the journal."""
