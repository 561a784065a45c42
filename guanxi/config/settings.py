"""Settings, all of them from the environment, all with a default that works on a laptop.

GUANXI_DATA            folder of all that is kept (database, files, secret); default: var/ in the checkout
GUANXI_DATABASE_URL    sqlite:///path or postgresql://user:password@host:port/name
GUANXI_SECRET_KEY      default: made once and kept in GUANXI_DATA
GUANXI_SECRET_KEYS_BEFORE  keys that held before, with commas between; or lines of GUANXI_DATA/secret.before
GUANXI_URL             the address people use, e.g. https://crm.example.com
GUANXI_HOSTS           host names that are answered, with commas between them; default: all
GUANXI_IMPORT_FOLDER   imports by the clock find files in the folder in it that is named like the workspace
GUANXI_CALLS_ALLOWED   names, addresses and networks inside that webhooks, steps of automation and imports may
                       call, with commas between: erp.intra,10.0.0.0/24; default: none
GUANXI_UPLOAD_MAX_MB   largest file that is taken, in MB; default: 200
GUANXI_FILES           s3://bucket/prefix: files lie there instead of GUANXI_DATA/files; its keys and place:
                       AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
GUANXI_SCANNER         unix:/run/clamav/clamd.ctl or tcp://host:3310: ClamAV looks at files before people do
GUANXI_LOG             console (default) or json; GUANXI_LOG_LEVEL: INFO (default), WARNING, DEBUG …
GUANXI_WAREHOUSE       off: nothing is kept for analyses; GUANXI_WAREHOUSE_MEMORY (1GB) and _THREADS (2) bound
                       what an analysis may take
GUANXI_UPLOAD_FOLDER   where what is sent lies until it has come whole; default: the system's (TMPDIR)
GUANXI_THREADS         set by `guanxi serve`: how many threads a process for pages has
GUANXI_EVENTS_PORT     set by `guanxi serve`: where events are served when no proxy maps /events/ there
GUANXI_PROXIES         how many proxies of yours stand in front (for X-Forwarded-For); default: 0
GUANXI_SMTP_URL        smtp://, smtp+tls:// or smtps://user:password@host:port; default: mails are printed
GUANXI_MAIL_FROM       sender of Guanxi's own mails; default: guanxi@ the host of GUANXI_URL
GUANXI_DEBUG           1 for development
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from guanxi.config.logging import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent
TESTING = "pytest" in sys.modules
DATA_DIR = Path(os.environ.get("GUANXI_DATA") or BASE_DIR / "var").resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
DEBUG = os.environ.get("GUANXI_DEBUG") == "1"
SITE_URL = os.environ.get("GUANXI_URL", "http://127.0.0.1:8000").rstrip("/")
SERVED_AT = DATA_DIR / "served-at"  # where `guanxi serve` last answered, for links that are printed by hand


def _secret() -> str:
    """The key from the environment, or one that is made on the first start and kept with the data."""
    if given := os.environ.get("GUANXI_SECRET_KEY"):
        return given
    if TESTING:
        return "tests-only"
    kept = DATA_DIR / "secret"
    if not kept.exists():
        # Of processes that start at once one links its key first; the link shows it whole or not at all.
        with tempfile.NamedTemporaryFile("w", dir=DATA_DIR, prefix="secret-") as made:  # mode 0600
            made.write(secrets.token_urlsafe(48))
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, kept)
    return kept.read_text().strip()


def _secrets_before() -> list[str]:
    """Keys that held before: what was signed and sealed under them is still read."""
    kept = DATA_DIR / "secret.before"
    given = os.environ.get("GUANXI_SECRET_KEYS_BEFORE", "").split(",")
    lines = kept.read_text().split() if kept.exists() and not TESTING else []
    return [key for one in (*given, *lines) if (key := one.strip())]


def database(url: str) -> dict[str, Any]:
    """Django's database settings for a URL; raises ValueError for a scheme that Guanxi does not run on."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "guanxi.platform.tenancy.backends.sqlite3",
            "NAME": parts.path[1:] if parts.path.startswith("//") else parts.path or ":memory:",
            # Opening the file and its pragmas anew would cost each request more than most of its queries.
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # A transaction that will write takes its place at once; see docs/decisions/0002-databases.md
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                    "PRAGMA mmap_size=268435456; PRAGMA cache_size=-65536;"
                ),
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "guanxi.platform.tenancy.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {},
        }
    raise ValueError(f"GUANXI_DATABASE_URL: {parts.scheme or url!r} is neither sqlite nor postgresql")


def mail(url: str) -> dict[str, Any]:
    """Django's mail settings for a URL; raises ValueError for a scheme that is none of ours."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"}:
        raise ValueError(f"GUANXI_SMTP_URL: {parts.scheme or url!r} is none of smtp, smtp+tls, smtps")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


SECRET_KEY = _secret()
SECRET_KEY_FALLBACKS = _secrets_before()
ALLOWED_HOSTS = os.environ.get("GUANXI_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if SITE_URL.startswith("https://"):
    # The proxy that ends TLS says so; `guanxi serve` listens on the loopback address, as only it may come.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "guanxi.web.faults.forgery"
# Names, addresses and networks inside that may be called all the same: "10.0.0.5,erp.intra".
CALLS_ALLOWED = [one.strip() for one in os.environ.get("GUANXI_CALLS_ALLOWED", "").split(",") if one.strip()]
PAGE_THREADS = int(os.environ.get("GUANXI_THREADS") or 8)
EVENTS_PORT = int(os.environ.get("GUANXI_EVENTS_PORT") or 0)

LOGGING = logging_settings(
    os.environ.get("GUANXI_LOG", "console"), os.environ.get("GUANXI_LOG_LEVEL", "INFO").upper()
)

DATABASES = {
    "default": database(os.environ.get("GUANXI_DATABASE_URL") or f"sqlite:///{DATA_DIR}/guanxi.sqlite3")
}
if TESTING and DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: tests that run several processes must see one database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
    # Tests kill processes, never the machine: nothing has to wait for its disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "guanxi.config",
    "guanxi.web",
    "guanxi.platform.tenancy",
    "guanxi.platform.jobs",
    "guanxi.platform.i18n",
    "guanxi.platform.calls",
    "guanxi.platform.mail",
    "guanxi.platform.identity",
    "guanxi.platform.files",
    "guanxi.platform.events",
    "guanxi.platform.metadata",
    "guanxi.platform.records",
    "guanxi.analytics",
    "guanxi.automation",
    "guanxi.api",
    "guanxi.people",
    "guanxi.collaboration",
    "guanxi.sales",
    "django_tasks",
    "django.contrib.auth",
    "django.contrib.contenttypes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pads each answer by a random length, so that its size tells nothing about a secret in it (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "guanxi.web.security.ContentSecurityPolicy",
    "guanxi.web.heads.HeadMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "guanxi.platform.identity.middleware.ActorMiddleware",
]

AUTH_USER_MODEL = "identity.User"
SESSION_ENGINE = "guanxi.platform.identity.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600
PASSWORD_RESET_TIMEOUT = 4 * 3600
TRUSTED_PROXIES = int(os.environ.get("GUANXI_PROXIES", "0"))
PASSWORD_HASHERS = [
    "guanxi.platform.identity.hashers.Argon2",
    # read only: passwords that were set before, or come from another system, are hashed again at sign-in
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ROOT_URLCONF = "guanxi.config.urls"
WSGI_APPLICATION = "guanxi.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": sorted(str(found) for found in (BASE_DIR / "guanxi").rglob("templates") if found.is_dir()),
        "OPTIONS": {"environment": "guanxi.web.jinja.environment"},
    },
]

globals().update(mail(os.environ.get("GUANXI_SMTP_URL", "")))
DEFAULT_FROM_EMAIL = os.environ.get("GUANXI_MAIL_FROM") or f"Guanxi <guanxi@{urlsplit(SITE_URL).hostname}>"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# The build writes hashed names and compressed copies, so nothing is collected: WhiteNoise serves its output.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "guanxi" / "web" / "dist"
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = r"-[0-9A-Z]{8,12}\.\w+$"
MEDIA_ROOT = DATA_DIR / "files"
WAREHOUSE_DIR = DATA_DIR / "warehouse"
WAREHOUSE = os.environ.get("GUANXI_WAREHOUSE", "on") != "off" and not TESTING
WAREHOUSE_MEMORY = os.environ.get("GUANXI_WAREHOUSE_MEMORY") or "1GB"
WAREHOUSE_ENGINE = os.environ.get("GUANXI_WAREHOUSE_ENGINE", "")
WAREHOUSE_THREADS = int(os.environ.get("GUANXI_WAREHOUSE_THREADS") or 2)
FILES_STORE = os.environ.get("GUANXI_FILES", "")
FILES_SCANNER = os.environ.get("GUANXI_SCANNER", "")
IMPORT_FOLDER = os.environ.get("GUANXI_IMPORT_FOLDER", "")
UPLOAD_MAX_BYTES = int(os.environ.get("GUANXI_UPLOAD_MAX_MB") or 200) * 1_000_000
FILE_UPLOAD_TEMP_DIR = os.environ.get("GUANXI_UPLOAD_FOLDER") or None
FILE_UPLOAD_HANDLERS = [
    "guanxi.platform.files.uploading.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Background work speaks django.tasks; another backend takes the place of ours here (docs/subsystems/jobs.md).
# "long" is for jobs of minutes (imports, exports, rebuilding): they have a thread of their own.
TASKS = {
    "default": {
        "BACKEND": os.environ.get("GUANXI_TASKS_BACKEND", "guanxi.platform.jobs.backend.DatabaseBackend"),
        "QUEUES": ["default", "long"],
    }
}
JOB_THREADS = {"default": 2, "long": 1}
JOB_LEASE_SECONDS = int(os.environ.get("GUANXI_JOB_LEASE_SECONDS", "30"))
