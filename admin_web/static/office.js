// What the pages do beyond plain HTML. Everything here is a convenience: each page works without it.
(function () {
  "use strict";

  var typing = function (element) {
    return element.closest("input, textarea, select, [contenteditable]") !== null;
  };

  // Shortcuts: / and Ctrl-K search, ? help, j and k move in a list, Enter opens.
  var rowLinks = function () {
    return Array.prototype.slice.call(document.querySelectorAll("tr[data-href] > td:first-child a"));
  };

  var move = function (step) {
    var links = rowLinks();
    if (links.length === 0) { return; }
    var row = document.activeElement.closest("tr[data-href]");
    var here = row === null ? -1 : links.indexOf(row.querySelector("a"));
    var next = Math.max(0, Math.min(links.length - 1, here + step));
    links[next].focus();
    links[next].closest("tr").scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", function (event) {
    var search = document.getElementById("search");
    var wantsSearch = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (wantsSearch && search !== null) {
      event.preventDefault();
      search.focus();
      search.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    // A page may name a key for what comes next on it, and one for leaving it.
    if (event.key === "F9" || event.key === "Escape") {
      var meant = document.querySelector("[aria-keyshortcuts='" + event.key + "']");
      if (meant !== null) {
        event.preventDefault();
        meant.click();
      }
      return;
    }
    if (typing(event.target)) { return; }
    if (event.key === "/" && search !== null) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "?") {
      window.location.assign("/help");
    } else if (event.key === "j") {
      move(1);
    } else if (event.key === "k") {
      move(-1);
    }
  });

  // What the keys come to in a wide table is scrolled to as a whole: browsers are content with a corner of it.
  document.addEventListener("focusin", function (event) {
    if (!event.target.matches(".table :focus-visible")) { return; }
    event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // A click anywhere on a row opens it, unless something in it was meant or text was marked.
  document.addEventListener("click", function (event) {
    var row = event.target.closest("tr[data-href]");
    if (row === null || event.target.closest("a, button, input, label") !== null) { return; }
    if (String(window.getSelection()) !== "") { return; }
    row.querySelector("a").click();
  });

  // A form is sent once: its buttons rest until the next page comes, or for a while when none does.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") { return; }
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    window.setTimeout(function () {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }, 10000);
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  var prepare = function (root) {
    root.querySelectorAll("button.copy, button.print").forEach(function (button) {
      button.hidden = false;
      // What is hidden is not focused when the page comes.
      if (button.autofocus) { button.focus(); }
    });
    root.querySelectorAll("[data-chart]").forEach(function (place) {
      if (window.drawChart) { window.drawChart(place); }
    });
  };

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button.copy");
    if (button === null || !navigator.clipboard) { return; }
    var link = button.dataset.link;
    var text = link === undefined ? button.dataset.copy : new URL(link, window.location.href).href;
    navigator.clipboard.writeText(text).then(function () {
      button.classList.add("done");
      window.setTimeout(function () { button.classList.remove("done"); }, 1500);
    });
  });

  // Printing: the diary has its line before the paper has the page. The button and Ctrl-P wait for it. What
  // the browser's own menu prints cannot wait: the line is sent for meanwhile, and digits of tokens stay off.
  var page = document.documentElement;
  var unnote = function () { delete page.dataset.noted; };

  var noting = function (note) {
    var fields = new URLSearchParams({
      seal: note.querySelector("input").value, page: note.dataset.page, mark: note.dataset.mark
    });
    return window.fetch("/print", { method: "POST", body: fields, keepalive: true, redirect: "manual" })
      .then(function (answer) { if (answer.status !== 204) { throw new Error("unwritten"); } });
  };

  var sayUnwritten = function (note) {
    var said = document.getElementById("unwritten") || document.createElement("p");
    said.id = "unwritten";
    said.className = "note bad";
    said.setAttribute("role", "alert");
    said.textContent = note.dataset.unwritten;
    document.querySelector("h1").after(said);
    said.scrollIntoView({ block: "nearest" });
  };

  var print = function () {
    var note = document.getElementById("printing");
    if (note === null) { window.print(); return; }
    noting(note).then(function () {
      var said = document.getElementById("unwritten");
      if (said !== null) { said.remove(); }
      page.dataset.noted = "yes";
      window.setTimeout(unnote, 60000);
      window.print();
    }).catch(function () { sayUnwritten(note); });
  };

  window.addEventListener("afterprint", unnote);
  window.addEventListener("beforeprint", function () {
    var note = document.getElementById("printing");
    if (note === null || page.dataset.noted !== undefined) { return; }
    noting(note).catch(function () { sayUnwritten(note); });
  });
  document.addEventListener("keydown", function (event) {
    var isCtrl = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (event.key.toLowerCase() !== "p" || !isCtrl) { return; }
    event.preventDefault();
    print();
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("button.print") !== null) { print(); }
  });

  document.addEventListener("DOMContentLoaded", function () {
    prepare(document);
    // What was said once is not said again when the page is loaded anew, or when its address is handed on.
    if (document.getElementById("notice") !== null) {
      var address = new URL(window.location.href);
      address.searchParams.delete("notice");
      window.history.replaceState(null, "", address);
    }
    // Nor does an address stay that may hold a token.
    if (document.querySelector("[data-forget]") !== null) {
      window.history.replaceState(null, "", window.location.pathname);
    }
    var summary = document.querySelector(".error-summary");
    if (summary !== null) { summary.focus(); }
  });
  document.addEventListener("htmx:load", function (event) { prepare(event.detail.elt); });
  // A part that refreshes itself: while it is seen, and nobody is in it. The next time will do as well.
  window.setInterval(function () {
    document.querySelectorAll("[data-refresh]").forEach(function (part) {
      var isUsed = part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
      if (document.visibilityState === "visible" && !isUsed) { window.htmx.trigger(part, "refresh"); }
    });
  }, 30000);

  // What a part of a page was refused, the whole page says.
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.elt.closest("[data-refresh]") !== null) { return; }
    window.location.assign(event.detail.pathInfo.requestPath);
  });
}());
