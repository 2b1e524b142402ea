import Pages

/// The look of the report.
enum ReportStyle {
    /// Style rules of the page, and of its pictures.
    ///
    /// Predicted, simulated and measured differ in lightness as in colour: blue is dark, orange is
    /// light, and what was measured is the ink of the page.
    static let css = PageStyle.common + colours + layout + pictures + paper

    private static let colours = """

        :root { --predicted: #0b57a8; --simulated: #c76b00; --measured: #14181c;
          --card: #f5f6f8; --focus: #0b57a8; --fill-0: #0b57a8; --fill-1: #e8a33d;
          --fill-2: #8fc1e8; --fill-3: #b23a48; --fill-4: #d9d9d9; --fill-5: #4d7c0f; }
        @media screen and (prefers-color-scheme: dark) { :root { --predicted: #5b9bff;
          --simulated: #ffb454; --measured: #f4f6f8; --card: #1d2126; --focus: #8ab4f8;
          --fill-0: #2f6fc4; --fill-1: #b97a1c; --fill-2: #274e70; --fill-3: #d9606d;
          --fill-4: #565b61; --fill-5: #86b84a; } }
        """

    private static let layout = """

        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { overflow-wrap: anywhere; }
        header, nav { max-width: 78rem; margin: 0 auto; padding: 0 1rem; }
        header { padding-top: 1rem; }
        h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
        h2 { margin-top: 2.6rem; padding-top: 0.6rem; border-top: 1px solid var(--line); }
        section:first-child h2 { margin-top: 1rem; } h3 { font-size: 1rem; }
        .whole { white-space: nowrap; } .cards + .wide { margin-top: 1.6rem; }
        p { max-width: 46rem; } .lead { font-size: 1.2rem; }
        main:focus { outline: none; }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
        a { color: var(--predicted); }
        .skip { position: absolute; left: -100rem; background: var(--paper); padding: 0.5rem; }
        .skip:focus { left: 0.5rem; top: 0.5rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
          clip-path: inset(50%); white-space: nowrap; }
        nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; padding: 0;
          list-style: none; }
        nav a { display: inline-block; padding: 0.3rem 0; }
        .grid { display: grid; gap: 1.6rem 1.4rem;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
        .grid.large { grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); }
        .grid > * { min-width: 0; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem;
          padding: 0.8rem 1rem; }
        .card h3, .card dl { margin: 0; } .card .source { margin-top: 0.6rem; }
        .card dt { color: var(--quiet); font-size: 0.9rem; } .card dd { margin: 0; }
        .card svg { width: 0.8rem; height: 0.8rem; margin-right: 0.4rem; }
        .card strong { font-variant-numeric: tabular-nums; }
        small { color: var(--quiet); font-size: 0.85rem; }
        .prose dt { font-weight: 600; } .prose dd { margin: 0 0 0.8rem; max-width: 46rem; }
        .legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; padding: 0;
          list-style: none; color: var(--quiet); font-size: 0.9rem; }
        .legend svg { width: 2.25rem; height: 0.875rem; margin-right: 0.4rem;
          vertical-align: -0.1rem; }
        .choice { border: 1px solid var(--line); border-radius: 0.5rem; margin: 0 0 1rem;
          padding: 0.3rem 0.8rem; min-width: 0; font-size: 0.9rem; }
        .choice label { display: inline-block; margin-right: 1.2rem; padding: 0.2rem 0; }
        details { margin-top: 0.4rem; } summary { cursor: pointer; padding: 0.2rem 0;
          color: var(--quiet); font-size: 0.9rem; }
        details .wide { max-height: 24rem; overflow-y: auto; }
        caption { text-align: left; font-weight: 600; padding: 0.3rem 0; }
        table { font-variant-numeric: tabular-nums; }
        th, td { min-width: 4rem; max-width: 22rem; overflow-wrap: break-word; }
        """

    private static let pictures = """

        figcaption { font-weight: 600; }
        .plot { display: block; width: 100%; max-width: 40rem; height: auto; }
        .plot .small { font-size: 11px; } .plot .name { fill: var(--ink); font-size: 11px; }
        @media (min-width: 64rem) { .large .plot text { font-size: 9.5px; } }
        .patterns { position: absolute; }
        .linear { display: none; }
        section:has(#scale-linear:checked) .nines { display: none; }
        section:has(#scale-linear:checked) .linear { display: block; }
        .rule { stroke: var(--line); fill: none; }
        .tick, .axis { stroke: var(--quiet); fill: none; }
        .line, .whisker { fill: none; stroke-width: 1.8; } .whisker.ink { stroke-width: 1; }
        .ink { stroke: var(--ink); }
        .predicted-0, .predicted-1, .predicted-2, .predicted-3 { stroke: var(--predicted); }
        .simulated-0, .simulated-1, .simulated-2, .simulated-3 { stroke: var(--simulated); }
        .measured-0, .measured-1, .measured-2, .measured-3 { stroke: var(--measured); }
        .line.predicted-0 { stroke-dasharray: 7 4; } .line.predicted-1 { stroke-dasharray: 2 3; }
        .line.predicted-2 { stroke-dasharray: 10 3 2 3; }
        .line.predicted-3 { stroke-dasharray: 4 2; }
        .line.simulated-1, .line.measured-1 { stroke-dasharray: 12 2; }
        .line.simulated-2, .line.measured-2 { stroke-dasharray: 12 2 2 2; }
        .line.simulated-3, .line.measured-3 { stroke-dasharray: 6 2 2 2 2 2; }
        .line.measured-0 { stroke-width: 2.2; }
        .mark.predicted, .bar.predicted, .part.predicted { fill: var(--predicted); }
        .mark.simulated, .bar.simulated, .part.simulated { fill: var(--simulated); }
        .mark.measured, .bar.measured, .part.measured { fill: var(--measured); }
        .mark { stroke-width: 1.4; } .mark.hollow { fill: var(--paper); }
        .bar { fill-opacity: 0.85; stroke-width: 0.8; }
        .bar.predicted-1, .bar.simulated-1, .bar.measured-1 { fill-opacity: 0.4; }
        .bar.predicted-2, .bar.simulated-2, .bar.measured-2 { fill-opacity: 0.15; }
        .band { stroke: none; fill-opacity: 0.15; }
        .band.predicted { fill: var(--predicted); } .band.simulated { fill: var(--simulated); }
        .band.measured { fill: var(--measured); }
        .rail { fill: var(--card); stroke: var(--line); }
        .part { stroke: var(--paper); stroke-width: 1; }
        .cause-0 { fill: url(#cause-0); } .cause-1 { fill: url(#cause-1); }
        .cause-2 { fill: url(#cause-2); } .cause-3 { fill: url(#cause-3); }
        .cause-4 { fill: url(#cause-4); } .cause-5 { fill: url(#cause-5); }
        .fill-0 { fill: var(--fill-0); } .fill-1 { fill: var(--fill-1); }
        .fill-2 { fill: var(--fill-2); } .fill-3 { fill: var(--fill-3); }
        .fill-4 { fill: var(--fill-4); } .fill-5 { fill: var(--fill-5); }
        .hatch { stroke: var(--ink); stroke-opacity: 0.45; fill: none; }
        """

    private static let paper = """

        @media print { nav, .skip, .choice { display: none; } body { font-size: 11pt; }
          figure, .card, .choice, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
          details:not([open]) { display: none; } details .wide { max-height: none; }
          .wide { overflow: visible; } th, td { font-size: 7pt; padding-right: 0.4rem;
          min-width: 0; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }

        """
}
