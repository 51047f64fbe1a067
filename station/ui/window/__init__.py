"""The window's life: keys, focus, pages and the thread that does the work; what is drawn is in `paint`."""
