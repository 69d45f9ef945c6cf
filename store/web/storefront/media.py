"""Pictures and documents of products: the demo shop's own, and those an operator puts into <data folder>/media."""

from __future__ import annotations

from pathlib import Path

from litestar import Router
from litestar.static_files import create_static_files_router

from store.kernel.settings import Settings
from store.web.edge.roles import PUBLIC, requires

DEMO = Path(__file__).parents[2] / "catalog" / "demo" / "media"


def media_routers(settings: Settings) -> list[Router]:
    """/media/demo/… and /media/files/…; what lies there is public."""
    own = settings.data_dir / "media"
    folders = {"/media/files": own} | ({"/media/demo": DEMO} if settings.demo_data else {})
    return [
        create_static_files_router(
            path=path,
            directories=[folder],
            name=path,
            opt=requires(*PUBLIC),
            include_in_schema=False,
            cache_control=None,
        )
        for path, folder in folders.items()
    ]
