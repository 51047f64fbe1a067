"""Qt: pages are painted here, with letters, glyphs and textures of our own; nothing here decides anything."""
