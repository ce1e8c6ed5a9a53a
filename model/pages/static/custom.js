// What every template of the app shares in the browser: theme, drawing library, numbers, clipboard, download.
(function () {
  const KEY = "tanlu-theme";
  const root = document.documentElement;
  const stored = window.localStorage.getItem(KEY);
  const library = `${solara.cdn}/echarts@5.4.0/dist/echarts.min.js`;

  function apply(dark) {
    root.dataset.theme = dark ? "dark" : "light";
    // the frame around our page has its own theme: keep it in step, now and at the next load
    window.localStorage.setItem(":solara:theme.variant", JSON.stringify(root.dataset.theme));
    if (window.app && window.app.$vuetify) window.app.$vuetify.theme.dark = dark;
    window.dispatchEvent(new Event("tanlu-theme"));
  }

  function fallbackCopy(text) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.appendChild(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  window.tanlu = {
    dark: () => root.dataset.theme === "dark",
    setDark(dark) {
      window.localStorage.setItem(KEY, dark ? "dark" : "light");
      apply(dark);
    },
    colour: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    echarts: () => new Promise((resolve, reject) => requirejs([library], resolve, reject)),
    number(value, digits) {
      const shown = Math.abs(value).toLocaleString("en-US", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      return (value < 0 && /[1-9]/.test(shown) ? "\u2212" : "") + shown;
    },
    escape: (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
    async copy(text) {
      // browsers offer the clipboard only to secure pages; intranets often serve plain http
      if (window.isSecureContext && navigator.clipboard) {
        await navigator.clipboard.writeText(text).catch(() => fallbackCopy(text));
      } else fallbackCopy(text);
    },
    save(name, text) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
      link.download = name;
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
  };

  apply(stored ? stored === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches);
  // the page must be zoomable on phones
  document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1";
  // start the largest download together with the frame's own scripts
  const preload = document.createElement("link");
  preload.rel = "preload";
  preload.as = "script";
  preload.href = library;
  document.head.appendChild(preload);
})();
