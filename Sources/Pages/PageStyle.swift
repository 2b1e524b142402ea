/// The look that all pages share: light and dark, on a phone, on paper.
package enum PageStyle {
    /// Style rules for text and tables; a page adds those for its pictures.
    ///
    /// Paper is white whatever the screen prefers.
    package static let common = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --quiet: #5c636a;
          --line: #d5d9de; }
        @media screen and (prefers-color-scheme: dark) { :root { --ink: #e7eaee;
          --paper: #14171b; --quiet: #9aa3ad; --line: #353b43; } }
        body { background: var(--paper); color: var(--ink); margin: 0;
          font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 78rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        figure { margin: 0; }
        svg text { font-size: 12px; fill: var(--quiet); }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.9rem; }
        th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0;
          border-bottom: 1px solid var(--line); vertical-align: top; }
        code { font-size: 0.85rem; overflow-wrap: anywhere; }
        @media print { :root { color-scheme: light; } main { max-width: none; } }
        """
}
