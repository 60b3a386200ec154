"""A whole Formwright, served on a free port of this machine for as long as a test needs it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Thread

from werkzeug.serving import make_server

from formwright.product import Product
from formwright.settings import Settings
from formwright.web.app import create_app


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is reached, and the product behind it, for a test to arrange what the browser then sees."""

    url: str
    product: Product


@contextmanager
def served(settings: Settings) -> Iterator[Site]:
    """Serve a product with these settings; its public address is the one it gets here. No worker runs."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        product = Product(replace(settings, public_url=url))
        server = make_server("127.0.0.1", port, create_app(product), threaded=True, fd=door.fileno())
        thread = Thread(target=server.serve_forever, args=(0.02,), name="site", daemon=True)
        thread.start()
        try:
            yield Site(url, product)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            product.database.dispose()
