import Pages

/// The look of the picture of a run.
enum TimelineStyle {
    static let css =
        PageStyle.common + """

            :root { --ok: #1a7f5a; --unknown: #b35c00; --refused: #a3253b;
              --partition: #c9b3e6; --network: #bcd7ef; --disk: #f2d6a8; --clock: #cfe5b8;
              --paused: #e3e3e3; --down: #8f949b; --divergent: #b3261e; --siblings: #2457a6; }
            @media screen and (prefers-color-scheme: dark) { :root { --ok: #5fd3a5;
              --unknown: #f0a659; --refused: #f2788d; --partition: #55417a; --network: #2c4d6d;
              --disk: #6b5220; --clock: #40592a; --paused: #3d4046; --down: #6b7079;
              --divergent: #ff8a80; --siblings: #8ab4f8; } }
            figure { overflow-x: auto; } figure > svg { min-width: 46rem; width: 100%; }
            .verdict { border-left: 4px solid var(--ok); padding: 0.4rem 0.8rem; }
            .verdict.bad { border-color: var(--refused); }
            .lane { stroke: var(--line); fill: none; }
            .moment { stroke: var(--ink); stroke-dasharray: 4 3; }
            .hatch { stroke: var(--ink); stroke-opacity: 0.35; fill: none; }
            .divergent, .siblings { fill: none; stroke-width: 2; }
            .divergent { stroke: var(--divergent); }
            .siblings { stroke: var(--siblings); stroke-dasharray: 6 3; }
            .ok { fill: var(--ok); } .unknown { fill: var(--unknown); }
            .refused { fill: var(--refused); }
            .fill.partition { fill: var(--partition); } .fill.network { fill: var(--network); }
            .fill.disk { fill: var(--disk); } .fill.clock { fill: var(--clock); }
            .fill.paused { fill: var(--paused); } .fill.down { fill: var(--down); }
            .band.partition { fill: url(#p-partition); } .band.network { fill: url(#p-network); }
            .band.disk { fill: url(#p-disk); } .band.clock { fill: url(#p-clock); }
            .band.paused { fill: url(#p-paused); } .band.down { fill: url(#p-down); }
            .legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0;
              list-style: none; color: var(--quiet); font-size: 0.9rem; }
            .legend svg { vertical-align: -2px; margin-right: 0.4rem; }
            @media print { figure > svg { min-width: 0; } }
            """
}
