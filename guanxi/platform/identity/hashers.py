"""How slow it is to look at a password."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 46 MiB, as OWASP recommends.

    Django's own 100 MiB in eight lanes would let a dozen people who sign in at once take more memory than the
    whole product has.
    """

    time_cost = 2
    memory_cost = 47_104
    parallelism = 1
