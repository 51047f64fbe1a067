"""What every test shares (fixtures/ at the top of the repository is iron; pytest's fixtures live here)."""

from hypothesis import settings

# Properties are judged by what holds, not by how fast a busy machine shows it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
