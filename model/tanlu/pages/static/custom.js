// What every template of the app shares in the browser: theme, drawing library, numbers, clipboard, download, and
// what its views of charts have in common.
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

  // One component from several parts, the last of them first in rank; the renderer of templates knows no mixins.
  function joined(...parts) {
    const all = (key) => Object.assign({}, ...parts.map((part) => part[key]));
    const hook = (name) => function run() { parts.forEach((part) => part[name] && part[name].call(this)); };
    return {
      data: () => Object.assign({}, ...parts.map((part) => (part.data ? part.data() : {}))),
      computed: all("computed"), watch: all("watch"), methods: all("methods"),
      created: hook("created"), mounted: hook("mounted"), beforeDestroy: hook("beforeDestroy"),
    };
  }

  // One frame for every chart that leaves the page: title, what it is about and its unit, the legend as the page shows it, the
  // drawing, and below it source, draws and version. It is SVG; a PNG is the same picture in dots.
  const shown_charts = new Set();
  const MARGIN = 20;
  const NARROWEST = 560; // px that a frame is wide at least, so that its words have room
  const LEAST_DOTS = 1600; // across a PNG
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const is_seen = (element) => element.offsetParent !== null && getComputedStyle(element).visibility !== "hidden";
  const words_in = (element) => element.innerText.replace(/\s+/g, " ").trim();
  // the words of an item of a legend, without its buttons
  const legend_words = (item) => words_in(item).replace(/ ?×$/, "");
  const pen = document.createElement("canvas").getContext("2d");

  // words in lines of a width; Chinese may be parted at any character, other text between words
  function lines_of(words, width) {
    const lines = [""];
    for (const piece of words.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) || []) {
      const longer = lines[lines.length - 1] + piece;
      if (pen.measureText(longer.trimEnd()).width <= width || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
      else lines.push(piece);
    }
    return lines.map((line) => line.trimEnd());
  }

  // what stands before an item of a legend, drawn as the page draws it
  function swatch(item) {
    const mark = item.querySelector("svg, i");
    if (!mark) return { width: 0, shapes: "" };
    const styled = (element, names) => names.map((name) => `${name}="${escape(getComputedStyle(element).getPropertyValue(name))}"`).join(" ");
    if (mark.tagName === "I") {
      const colour = getComputedStyle(mark).backgroundColor;
      if (colour === "rgba(0, 0, 0, 0)") return { width: 0, shapes: "" };
      const stripes = mark.classList.contains("hatched") ? `<path d="M0 -5L5 0M0 -10L10 0M5 -10L10 -5" stroke="${window.tanlu.colour("paper")}" stroke-width="1.5"/>` : "";
      return { width: 16, shapes: `<rect y="-10" width="10" height="10" fill="${colour}" ${styled(mark, ["opacity"])}/>${stripes}` };
    }
    const shapes = [...mark.children].map((shape) => {
      const places = ["d", "cx", "cy", "r", "x", "y", "width", "height"].filter((name) => shape.hasAttribute(name));
      return `<${shape.tagName} ${places.map((name) => `${name}="${shape.getAttribute(name)}"`).join(" ")} ${styled(shape, ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity"])}/>`;
    });
    const [width, height] = ["width", "height"].map((name) => Number(mark.getAttribute(name)));
    return { width: width + 6, shapes: `<g transform="translate(0 ${-height / 2 - 4})">${shapes.join("")}</g>` };
  }

  // names that the page writes next to the ends of lines, where they stand
  function names_at_ends(section, plot) {
    const origin = plot.getBoundingClientRect();
    return [...section.querySelectorAll(".ends li")].filter(is_seen).map((item) => {
      const box = item.getBoundingClientRect(), mark = swatch(item);
      const weight = item.classList.contains("strong") ? 700 : 400;
      return `<g transform="translate(${box.left - origin.left} ${(box.top + box.bottom) / 2 - origin.top + 5})">${mark.shapes}<text x="16" font-size="12.5" font-weight="${weight}" fill="${getComputedStyle(item).color}">${escape(words_in(item))}</text></g>`;
    }).join("");
  }

  async function drawing(option, plot, fontFamily) {
    const echarts = await window.tanlu.echarts();
    const [width, height] = [plot.offsetWidth, plot.offsetHeight];
    const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
    // its description for listeners would be set on an element, of which there is none
    chart.setOption({ ...option, aria: { enabled: false }, animation: false, tooltip: undefined, textStyle: { fontFamily } });
    try {
      return chart.renderToSVGString();
    } finally {
      chart.dispose();
    }
  }

  // `framed` holds title, about and source as words, the legend's elements, and section, plot and option of the chart
  async function framed_svg(framed) {
    const { section, plot } = framed;
    // the library writes the names of fonts into attributes as they are
    const family = getComputedStyle(section).fontFamily.replace(/"/g, "'");
    const [ink, muted, paper] = ["ink", "muted", "paper"].map((name) => window.tanlu.colour(name));
    const drawn = await drawing(framed.option, plot, family);
    const width = Math.max(plot.offsetWidth, NARROWEST) + 2 * MARGIN;
    const parts = [];
    let y = 12;
    const write = (words, size, weight, colour) => {
      pen.font = `${weight} ${size}px ${family}`;
      for (const line of lines_of(words, width - 2 * MARGIN)) {
        y += size * 1.4;
        parts.push(`<text x="${MARGIN}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escape(line)}</text>`);
      }
    };
    write(framed.title, 18, 600, ink);
    framed.about.forEach((words) => write(words, 12.5, 400, muted));
    pen.font = `400 12.5px ${family}`;
    let x = MARGIN;
    y += framed.legend.length ? 22 : 0;
    for (const item of framed.legend) {
      const mark = swatch(item), words = legend_words(item), across = mark.width + pen.measureText(words).width;
      if (x > MARGIN && x + across > width - MARGIN) [x, y] = [MARGIN, y + 19];
      parts.push(`<g transform="translate(${x} ${y})">${mark.shapes}<text x="${mark.width}" font-size="12.5" fill="${ink}">${escape(words)}</text></g>`);
      x += across + 18;
    }
    y += 10;
    const inner = drawn.replace("<svg", `<svg x="${MARGIN}" y="${y}"`);
    parts.push(inner, `<g transform="translate(${MARGIN} ${y})">${names_at_ends(section, plot)}</g>`);
    y += plot.offsetHeight + 6;
    framed.source.forEach((words) => write(words, 11, 400, muted));
    const height = Math.ceil(y + 14);
    return {
      width, height,
      text: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${escape(family)}"><title>${escape(framed.title)}</title><rect width="100%" height="100%" fill="${paper}"/>${parts.join("\n")}</svg>`,
    };
  }

  async function picture(kind, framed) {
    const svg = await framed_svg(framed);
    const vector = new Blob([svg.text], { type: "image/svg+xml;charset=utf-8" });
    if (kind === "svg") return vector;
    const image = new Image();
    image.src = URL.createObjectURL(vector);
    try {
      await image.decode();
      const dots = Math.max(2, LEAST_DOTS / svg.width);
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.ceil(svg.width * dots), Math.ceil(svg.height * dots)];
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    } finally {
      URL.revokeObjectURL(image.src);
    }
  }

  // A chart in `$refs.plot` that follows size, theme and words, waits visibly for the newest answer (moves are
  // counted, and the page is told which was answered), reads its heading aloud, or what it gives as `to_say()`, and leaves the page in the frame. The
  // server gives the records `wording` and `figures`, and `subject`: what the chart is about. The component gives
  // `heading`, `option()`, `series()` and `finish()`, and may give `narrow_px`, `ready()` and `prepare(echarts)`.
  const chart = {
    data: () => ({ table: false, wide: true, waiting: false, spoken: "", drawn: "" }),
    computed: {
      language() { return this.wording.language; },
      words() { return this.wording.words; },
      axis() { return this.wording.axis; },
      price_axis() { return this.wording.price_axis; },
      sig() { return this.figures.sig; },
      years() { return this.figures.years; },
      values() { return this.figures.values; },
      to_say() { return this.heading; },
    },
    mounted() {
      this.asked = this.answered = 0;
      this.onAsked = (event) => {
        this.asked = event.detail;
        this.wait();
      };
      this.onAnswered = (event) => {
        this.answered = event.detail;
        this.settled();
      };
      this.onTheme = () => this.redraw();
      shown_charts.add(this);
      window.addEventListener("tanlu-asked", this.onAsked);
      window.addEventListener("tanlu-answered", this.onAnswered);
      window.addEventListener("tanlu-theme", this.onTheme);
      this.observer = new ResizeObserver(() => this.resize());
      window.tanlu.echarts().then((echarts) => {
        if (!this.$refs.plot) return;
        this.prepare(echarts);
        this.chart = echarts.init(this.$refs.plot, null, { renderer: "canvas" });
        this.begin();
        this.observer.observe(this.$refs.plot.parentElement);
        this.resize();
      });
    },
    beforeDestroy() {
      window.clearTimeout(this.patience);
      window.removeEventListener("tanlu-asked", this.onAsked);
      window.removeEventListener("tanlu-answered", this.onAnswered);
      window.removeEventListener("tanlu-theme", this.onTheme);
      this.observer.disconnect();
      shown_charts.delete(this);
      if (this.chart) this.chart.dispose();
    },
    watch: {
      figures() { this.settled(); },
      words() { this.redraw(); },
      table(shown) { if (!shown) this.$nextTick(() => this.resize()); },
      to_say() {
        // one message a second is what a listener can follow
        window.clearTimeout(this.speech);
        this.speech = window.setTimeout(() => { this.spoken = this.to_say; }, 1000);
      },
      file() { window.tanlu.save(this.file.name, this.file.text); },
    },
    methods: {
      prepare() {},
      begin() {},
      ready: () => true,
      narrow_px: () => 560,
      name_of_picture() { return this.$el.id || this.$el.dataset.small || "chart"; },
      source_lines: () => [window.tanlu.subject_line, window.tanlu.source_line],
      // what the frame of this chart holds
      framed() {
        const seen = (selector) => [...this.$el.querySelectorAll(selector)].filter(is_seen);
        return {
          title: this.heading, about: seen("[data-about], .path-subtitle:not(li)").map(words_in), source: this.source_lines().filter(Boolean),
          legend: seen("[data-legend] > li:not(:has(select)), [data-legend] > button, .keys > li, .power-names > li:not(.rule), .power-names > button"), section: this.$el, plot: this.$refs.plot, option: this.chart.getOption(),
        };
      },
      save_picture(kind) {
        picture(kind, this.framed()).then((file) => window.tanlu.save(`tanlu-${this.name_of_picture()}.${kind}`, file));
      },
      wait() {
        window.clearTimeout(this.patience);
        this.patience = window.setTimeout(() => { this.waiting = true; }, 300);
      },
      settled() {
        if (this.answered < this.asked) return;
        window.clearTimeout(this.patience);
        this.waiting = false;
      },
      resize() {
        if (!this.chart || this.$refs.plot.offsetWidth === 0) return;
        this.wide = this.$refs.plot.offsetWidth >= this.narrow_px();
        this.chart.resize();
        this.redraw();
      },
      redraw() {
        if (!this.chart || !this.ready()) return;
        this.chart.setOption(this.option(), true);
        this.finish();
      },
      update() {
        if (!this.chart || !this.ready()) return;
        this.chart.setOption(this.changes());
        this.finish();
      },
      changes() { return { series: this.series() }; }, // what another year changes
    },
  };

  // A year that is chosen and played in the browser: all `years` are there already, so that moving it asks the server
  // nothing; it is told where the year came to rest. The year of the address counts once; from then on the browser
  // leads, so that no late echo moves it back.
  const PLAY_MS = 450;
  const calendar = {
    data: () => ({ year: 0, playing: false }),
    computed: {
      at() { return Math.max(this.years.indexOf(this.year), 0); },
    },
    beforeDestroy() { window.clearInterval(this.player); },
    watch: {
      year() { this.update(); },
      years() { this.clamp(this.year); },
    },
    methods: {
      clamp(year) {
        if (this.years.length) this.year = Math.min(Math.max(year, this.years[0]), this.years[this.years.length - 1]);
      },
      go(year) {
        this.year = year;
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.choose({ year: this.year }), 300);
      },
      play() {
        window.clearInterval(this.player);
        this.playing = !this.playing;
        if (!this.playing) return;
        const last = this.years[this.years.length - 1];
        if (this.year === last) this.go(this.years[0]);
        this.player = window.setInterval(() => {
          if (this.year < last) this.go(this.year + 1);
          if (this.year >= last) this.play();
        }, PLAY_MS);
      },
    },
  };

  // Cover the page while the server does not answer: what is moved then would reach nobody. A server that was away is a
  // new one, which knows the page by its address alone; one that never was has only lost the socket, which comes back.
  const ASK_MS = 1000;
  const PATIENCE_MS = 8000;
  const cover = document.createElement("div");
  cover.className = "lost";
  cover.hidden = true;
  cover.setAttribute("role", "alert");
  function ask(since, away) {
    if (cover.hidden) return;
    const again = (gone) => window.setTimeout(() => ask(since, gone), ASK_MS);
    fetch(`${solara.rootPath}/readyz`, { cache: "no-store" }).then((answer) => {
      if (answer.ok && (away || Date.now() - since > PATIENCE_MS)) window.location.reload();
      else again(away || !answer.ok);
    }, () => again(true));
  }
  function connected(is) {
    if (cover.hidden === is) return;
    cover.hidden = is;
    cover.textContent = window.tanlu.lost || "";
    document.querySelectorAll(".tanlu").forEach((page) => page.toggleAttribute("inert", !is));
    if (!is) ask(Date.now(), false);
  }
  function watchConnection() {
    if (!window.app || !window.app.$watch) {
      window.setTimeout(watchConnection, 200);
      return;
    }
    document.body.appendChild(cover);
    const lost = () => window.app.needsRefresh || (window.app.wasConnected && window.app.connectionStatus !== "connected");
    window.app.$watch(lost, (is) => connected(!is));
  }
  watchConnection();

  // Scenarios that a visitor keeps here: each a name, the text of its file, the day and the version that it is from. What
  // stands in the storage or in a file may be anybody's, so that only what has this form is taken.
  const SAVED = "tanlu-scenarios";
  const MOST = 50;
  const LONGEST_NAME = 80;
  const LARGEST_BYTES = 64 * 1024;
  function sound(list) {
    const short = (value, most) => (typeof value === "string" ? value.slice(0, most) : "");
    const is_one = (s) => s && typeof s.name === "string" && s.name.trim() && typeof s.text === "string" && s.text.length <= LARGEST_BYTES;
    const all = Array.isArray(list) ? list.filter(is_one) : [];
    const made = all.map((s) => ({ name: short(s.name.trim(), LONGEST_NAME), text: s.text, kept: short(s.kept, 10), version: short(s.version, 40) }));
    return made.filter((s, i) => made.findIndex((one) => one.name === s.name) === i);
  }
  const saved = {
    most: MOST,
    longest_name: LONGEST_NAME,
    largest_file: 2 * MOST * LARGEST_BYTES, // of all together, as JSON writes them
    list() {
      try {
        return sound(JSON.parse(window.localStorage.getItem(SAVED) || "[]")).slice(0, MOST);
      } catch {
        return [];
      }
    },
    keep(list) {
      try {
        window.localStorage.setItem(SAVED, JSON.stringify(list));
      } catch {
        return false;
      }
      window.dispatchEvent(new Event("tanlu-saved"));
      return true;
    },
    // the scenarios of a file, null where it is none of ours
    read(text) {
      try {
        const data = JSON.parse(text);
        return data && data.tanlu_scenarios === 1 ? sound(data.scenarios) : null;
      } catch {
        return null;
      }
    },
    // both lists: what is there stays, what is the same is left out, and another one of a name gets a number
    joined(own, found) {
      const list = [...own];
      for (const s of found) {
        if (list.length === MOST || list.some((one) => one.name === s.name && one.text === s.text)) continue;
        const free = (n) => (n === 1 ? s.name : `${s.name.slice(0, LONGEST_NAME - 5)} (${n})`);
        let n = 1;
        while (list.some((one) => one.name === free(n))) n += 1;
        list.push({ ...s, name: free(n) });
      }
      return { list, added: list.length - own.length };
    },
  };

  window.tanlu = {
    saved,
    chart: (component) => joined(chart, component),
    chart_by_year: (component) => joined(chart, calendar, component),
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
    // a number with its unit, which no end of a line parts where a space is between them
    with_unit: (number, unit) => number + (/^[ -~]/.test(unit) ? "\u00a0" : "") + unit,
    // what no end of a line may part: each of several figures with its unit, a range up to its dash, a span of years, and a
    // year with its number where several follow
    pieces: (text) => text.split(/(?<= [·–] )|(?=\d{4}[—–]\d{4})|(?<=\d{4}[—–]\d{4})|(?<=、|, )(?=\d{4})/),
    // how many digits a number at an axis has after the point
    decimals: (value) => (String(Number(value.toFixed(4))).split(".")[1] || "").length,
    // width below which parts of a chart stand one above the other: on a page of one column, which gives them the height, all
    stacked_px: () => (window.matchMedia("(max-width: 899px)").matches ? Infinity : 560),
    // whether a year has a number at an axis with room for so many: every year, or each second, fifth, tenth or twentieth
    year_marks: (years, most) => (_, year) => Number(year) % ([1, 2, 5, 10].find((step) => years.length / step <= most) || 20) === 0,
    // End of an axis from zero that lies at most 15 % beyond the data, and the marks on it: few, and not always at its end,
    // which then has no number; `marks` of them above zero at least.
    axis_end(values, marks = 3) {
      const most = Math.max(...values.filter(Number.isFinite));
      if (most < 1e-6) return { min: 0, max: 1, interval: 1 };
      const power = 10 ** Math.floor(Math.log10(most));
      const steps = [2, 1, 0.5, 0.25, 0.2, 0.1].map((share) => share * power);
      const ends = steps.map((step) => Math.ceil(most / step - 1e-9) * step);
      const end = ends.find((one, i) => one / steps[i] >= 3 && one <= 1.15 * most);
      if (!end) return { min: 0, max: most * 1.1 };
      const interval = [5 * power, ...steps].find((step) => end / step >= marks - 1e-9);
      return { min: 0, max: end, interval };
    },
    // the numbers at an axis: none at an end that is no mark, where it would be too near the last one
    axis_label(ends, style, digits) {
      const step = ends.numbered || ends.interval;
      const is_mark = (v) => !step || Math.abs(v / step - Math.round(v / step)) < 1e-6;
      return { ...style, hideOverlap: true, formatter: (v) => (is_mark(v) ? window.tanlu.number(v, digits(v)) : "") };
    },
    // Heights of names next to the ends of lines: from the lowest upwards each at least a line above the one below it, none
    // below the floor.
    apart(heights, line, floor) {
      const placed = [...heights];
      let lowest = floor;
      heights.map((_, i) => i).sort((a, b) => heights[b] - heights[a]).forEach((i) => {
        placed[i] = Math.min(heights[i], lowest);
        lowest = placed[i] - line;
      });
      return placed;
    },
    // Names of lines of a chart moved apart: those with `ids`, which end at `values`; of two alike at one height only one.
    part_ends(chart, ids, values, texts) {
      const known = ids.map((_, k) => k).filter((k) => Number.isFinite(values[k]));
      const heights = known.map((k) => chart.convertToPixel({ yAxisIndex: 0 }, values[k]));
      const again = (i) => known.slice(0, i).some((k, j) => texts[k] === texts[known[i]] && Math.abs(heights[j] - heights[i]) < 2);
      const shown = known.map((_, i) => i).filter((i) => !again(i));
      const placed = window.tanlu.apart(shown.map((i) => heights[i]), 13, Infinity);
      const cut = Math.max(0, 7 - Math.min(...placed)); // of the uppermost, at the edge of the chart
      const series = shown.map((i, j) => ({ id: ids[known[i]], endLabel: { offset: [0, placed[j] + cut - heights[i]] } }));
      const hidden = known.filter((_, i) => again(i)).map((k) => ({ id: ids[k], endLabel: { show: false } }));
      chart.setOption({ series: [...series, ...hidden] });
    },
    // Series of what policies avoid [policy][year], stacked between what is left of emissions and the reference. What one
    // adds is hatched over them from what is left downwards: without it that much less would be emitted.
    wedges(chart, shares, left, policies, years) {
      const adding = years.map((_, i) => shares.reduce((sum, of) => sum - Math.min(of[i], 0), 0));
      const part = (id, stack, values, colour, style) => ({
        id, type: "line", stack, symbol: "none", silent: true, z: 2, emphasis: { disabled: true }, lineStyle: { width: 0 }, color: colour,
        areaStyle: { color: colour, ...style }, data: chart.column ? chart.column(values) : values.map((mt) => mt * chart.axis.factor),
      });
      const floor = left.map((mt, i) => mt - adding[i]);
      const less = shares.map((of, n) => part(`less-${n}`, "effect", of.map((mt) => Math.max(mt, 0)), policies[n].colour, { opacity: 0.85 }));
      const parts = [part("under", "effect", floor, window.tanlu.colour("muted"), { opacity: 0.16 }), ...less];
      if (!adding.some((mt) => mt > 0.005)) return parts;
      const more = shares.map((of, n) => ({
        ...part(`more-${n}`, "more", of.map((mt) => Math.max(-mt, 0)), policies[n].colour, { opacity: 0.35 }),
        lineStyle: { width: 1, type: "dashed", color: policies[n].colour },
      }));
      return [...parts, part("floor", "more", floor, "transparent", { opacity: 0 }), ...more];
    },
    shown_charts,
    picture,
    escape,
    async copy(text) {
      // browsers offer the clipboard only to secure pages; intranets often serve plain http
      if (window.isSecureContext && navigator.clipboard) {
        await navigator.clipboard.writeText(text).catch(() => fallbackCopy(text));
      } else fallbackCopy(text);
    },
    save(name, content, type) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: type || "text/csv;charset=utf-8" }));
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
