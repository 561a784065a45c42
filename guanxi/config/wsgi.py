"""Pages and API: the WSGI door."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from guanxi.config.bodies import WholeBodies
from guanxi.config.settling import settle
from guanxi.config.supervision import die_with_parent

if os.environ.get("GUANXI_SUPERVISED"):
    # The server's own parent process may be killed; a process that nobody waits for would keep the port.
    die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
application = WholeBodies(
    get_wsgi_application(),
    most=4 * settings.UPLOAD_MAX_BYTES,  # an import is some files at once
    threads=settings.PAGE_THREADS,
    folder=settings.FILE_UPLOAD_TEMP_DIR,
)
settle()
