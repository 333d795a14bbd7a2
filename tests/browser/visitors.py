"""Browsers of visitors, whose pages open quickly.

Most of an opening is the compiling of the page's scripts, and what is compiled goes with the
process of the last page. So each visitor keeps a page open, in the process of which the others open
(this needs Chromium's --process-per-site).
"""

import re


class Visitor:
    """One storage and any number of pages at `url`; those of earlier visits leave nothing."""

    def __init__(self, browser, url: str, **settings):
        self._context = browser.new_context(**settings)
        self._stays = self._context.new_page()
        self._stays.goto(f"{url}theme.css")
        self._elsewhere = re.compile(f"^(?!{re.escape(url)}|data:|blob:)")

    def arrive(self, outside: list[str]) -> None:
        """outside: gets the addresses of requests to others, which are refused."""

        def refuse(route):
            outside.append(route.request.url)
            route.abort()

        self._context.route(self._elsewhere, refuse)  # the browser itself compares

    def page(self, width: int, height: int, color_scheme: str | None = None):
        page = self._context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)
        return page

    def leave(self) -> None:
        for page in self._context.pages:
            if page is not self._stays:
                page.close()
        self._context.unroute_all()
        self._context.clear_cookies()
        self._stays.evaluate("localStorage.clear()")

    def close(self) -> None:
        self._context.close()
