"""The office's pages without a browser: cookies, forms and where they are from, over a real socket."""

from __future__ import annotations

import http.client
import re
from html import unescape
from urllib.parse import urlencode


class Browser:
    """Keeps cookies and says where it is from, as a browser would."""

    def __init__(self, host, port):
        self.host, self.port, self.cookies = host, port, {}

    def ask(self, method, path, fields=None, **headers):
        link = http.client.HTTPConnection(self.host, self.port, timeout=30)
        usual = {"Origin": f"http://{self.host}:{self.port}"} if method == "POST" else {}
        if self.cookies:
            usual["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            body = urlencode(fields)
            usual["Content-Type"] = "application/x-www-form-urlencoded"
        link.request(method, path, body, {**usual, **headers})
        answer = link.getresponse()
        text = answer.read().decode(errors="replace")  # a paper is no text
        for one in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = one.partition("=")
            self.cookies[name] = rest.partition(";")[0]
            if name == "__Host-powertill":
                self.said_cookie = one
        link.close()
        self.headers = answer.headers
        return answer.status, text

    def form(self, path, **fields):
        """Open a page, fill in its form, send it."""
        status, text = self.ask("GET", path)
        assert status == 200, (status, text)
        action = f'action="{path}"'
        form = next(part for part in text.split("<form")[1:] if action in part).partition("</form>")[0]
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
        return self.ask("POST", path, {name: unescape(value) for name, value in hidden} | fields)

    def sign_in(self, login, password, **more):
        return self.form("/sign-in", login=login, password=password, **more)
