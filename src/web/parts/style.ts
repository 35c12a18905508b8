/** The light color scheme. It is also the scheme of printed pages. */
const LIGHT = `--bg:#fdfcfa;--card:#fff;--ink:#1d1c1a;--soft:#68645d;--rule:#e4e0d8;--grid:#efece6;
--challenger:#1b5fae;--reasoner:#b4500b;--plain:#3c6e57;--control:#8d8880;--good:#15734a;--bad:#b3261e;--mark:#ffe9a3;--shade:#f5f2ec;`;

/**
 * The style of the page: one column of text, figures of the same width, a light and a dark color
 * scheme. On narrow screens, the rows of a table are blocks with the name of each column before its
 * value (`table.stack`, `data-label`).
 */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
:root[data-theme=light]{color-scheme:light}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#141519;--card:#1b1d22;--ink:#e9e6df;--soft:#a09b91;--rule:#33353c;--grid:#272930;
--challenger:#7cb5f4;--reasoner:#f2a35f;--plain:#86c9a8;--control:#88857e;--good:#64cb94;--bad:#f28b82;--mark:#5c4a12;--shade:#22242a;}}
:root[data-theme=dark]{color-scheme:dark;--bg:#141519;--card:#1b1d22;--ink:#e9e6df;--soft:#a09b91;--rule:#33353c;--grid:#272930;
--challenger:#7cb5f4;--reasoner:#f2a35f;--plain:#86c9a8;--control:#88857e;--good:#64cb94;--bad:#f28b82;--mark:#5c4a12;--shade:#22242a;}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15.5px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1108px;margin:0 auto;padding:40px 24px 80px}
h1{font:600 30px/1.2 ui-serif,Georgia,"Noto Serif",serif;margin:0 0 6px;letter-spacing:-.01em}
h2{font:600 21px/1.3 ui-serif,Georgia,"Noto Serif",serif;margin:52px 0 4px}
h3{font-size:15.5px;margin:0;font-weight:650}
p{margin:6px 0 14px;max-width:74ch}.note{color:var(--soft);font-size:14px}
code,.mono{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.top{display:flex;justify-content:space-between;gap:16px;align-items:flex-start}
.theme{font:inherit;font-size:13px;color:var(--soft);background:none;border:1px solid var(--rule);border-radius:8px;padding:4px 11px;cursor:pointer}
.pill{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 10px;font-size:12.5px;line-height:21px;vertical-align:3px;margin-left:10px;font-family:system-ui,sans-serif;font-weight:500;letter-spacing:0}
.finished,.right{color:var(--good)}.failed,.crashed,.wrong{color:var(--bad)}.running,.interrupted,.unknown{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:18px 20px}
.wide{overflow-x:auto}
.verdict{margin-top:22px;border-left:5px solid var(--soft)}.verdict.learned{border-left-color:var(--good)}.verdict.fell{border-left-color:var(--bad)}.verdict.partly{border-left-color:var(--reasoner)}
.verdict p{font:400 20px/1.45 ui-serif,Georgia,"Noto Serif",serif;margin:0;max-width:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(132px,1fr));gap:1px;background:var(--rule);border:1px solid var(--rule);border-radius:12px;overflow:hidden;margin-top:16px}
.tiles div{background:var(--card);padding:12px 16px}.tiles b{display:block;font-size:21px;font-weight:600;line-height:1.25}.tiles span{color:var(--soft);font-size:13px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:9px 12px 9px 0;border-bottom:1px solid var(--rule);vertical-align:middle}
th{font-size:13px;font-weight:500;color:var(--soft);border-bottom-color:var(--soft)}td.n,th.n{text-align:right;white-space:nowrap;padding-right:22px}
tr:last-child td{border-bottom:0}td small{display:block;color:var(--soft);font-size:13px;line-height:1.4;max-width:44ch}
.up{--tone:var(--good)}.down{--tone:var(--bad)}.flat,.none{--tone:var(--soft)}.changed{color:var(--tone);font-weight:600;white-space:nowrap}.changed small{white-space:nowrap;font-weight:400}
svg{display:block;width:100%;height:auto}svg.interval{width:190px;min-width:150px}
.interval .zero{stroke:var(--soft);stroke-dasharray:2 3}.interval .whisker{stroke:var(--tone);stroke-width:3;stroke-linecap:round;opacity:.45}.interval .estimate{fill:var(--tone)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px;margin-top:14px}
figure{margin:0;position:relative}figcaption{margin-bottom:8px}figcaption .note{display:block;line-height:1.4}
.grid{stroke:var(--grid)}.zero{stroke:var(--rule);stroke-width:1.3}.tick,.axis{fill:var(--soft);font-size:12px;font-family:system-ui,sans-serif}
.line{fill:none;stroke:var(--tone);stroke-width:2.4;stroke-linejoin:round;stroke-linecap:round}.band{fill:var(--tone);opacity:.16}.dot{fill:var(--tone);opacity:.38}
.tone-challenger{--tone:var(--challenger)}.tone-reasoner{--tone:var(--reasoner)}.tone-plain{--tone:var(--plain)}.tone-control{--tone:var(--control)}
.tone-control .line{stroke-dasharray:5 4;stroke-width:1.9}.tone-control .dot{display:none}.tone-control .band{opacity:.13}
.cursor{stroke:var(--soft);visibility:hidden}.tip{position:absolute;pointer-events:none;background:var(--ink);color:var(--bg);border-radius:7px;padding:4px 10px;font-size:12.5px;line-height:1.45;white-space:nowrap;visibility:hidden;transform:translate(-50%,-110%)}
.legend{display:flex;gap:18px;flex-wrap:wrap;font-size:13px;color:var(--soft);margin:4px 0 0}.legend i{display:inline-block;width:22px;height:0;border-top:2.5px solid var(--tone);vertical-align:4px;margin-right:7px}.legend .tone-control i{border-top-style:dashed}
.heat .cell{fill:var(--challenger)}.heat .reward{fill:var(--reasoner);opacity:.75}
.funnel{display:grid;grid-template-columns:max-content 1fr max-content max-content;column-gap:18px;align-items:center;margin-top:12px}
.funnel>*{padding:5px 0}.funnel .head{color:var(--soft);font-size:13px;border-bottom:1px solid var(--soft);align-self:end}
.funnel .bar{height:24px;padding:0;display:flex;border-radius:4px;overflow:hidden;background:var(--shade)}.bar .kept{background:var(--challenger);opacity:.85}.bar .lost{background:repeating-linear-gradient(135deg,var(--bad) 0 3px,transparent 3px 6px);opacity:.75}.bar .last{background:var(--good)}
.funnel .n{text-align:right;white-space:nowrap}.funnel details{grid-column:1/-1;padding:0 0 8px}
details summary{cursor:pointer;color:var(--soft);font-size:13.5px}details[open] summary{margin-bottom:8px}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--shade);border-radius:8px;padding:10px 13px;font:13px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.examples{display:grid;gap:10px}.examples p{margin:0 0 4px;font-size:13.5px}
.task{margin-top:16px}.task header{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:baseline;margin-bottom:12px;font-size:13.5px;color:var(--soft)}.task header b{color:var(--ink);font-size:15.5px}
.task .cols{display:grid;grid-template-columns:1fr 1fr;gap:24px}.task .cols>div{min-width:0}@media(max-width:800px){.task .cols{grid-template-columns:1fr}.funnel{grid-template-columns:minmax(0,1fr) minmax(0,1fr) max-content}.funnel .trend{display:none}}
.doc{background:var(--shade);border-radius:8px;padding:12px 15px;font-size:14px;line-height:1.55;white-space:pre-wrap;overflow-wrap:anywhere;max-height:330px;overflow:auto}
mark{background:var(--mark);color:inherit;border-radius:3px;padding:1px 2px;box-shadow:0 0 0 1px color-mix(in srgb,var(--mark) 60%,var(--ink) 25%)}
.question{font:400 17.5px/1.45 ui-serif,Georgia,"Noto Serif",serif;margin:0 0 8px;overflow-wrap:anywhere}.options{list-style:none;margin:0 0 8px;padding:0}.options li{padding:1px 0 1px 2px;overflow-wrap:anywhere}.options .gold{color:var(--good);font-weight:600}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin:4px 0 10px;padding:0;list-style:none}.chips li{border:1px solid var(--rule);border-radius:7px;padding:1px 9px;font-size:13px;max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.chips .correct{border-color:var(--good);color:var(--good)}.chips .wrong{border-color:var(--bad);color:var(--bad)}.chips .unparsable{color:var(--soft);border-style:dashed}
.label{font-size:13px;color:var(--soft);margin:0}
.split{display:flex;height:30px;border-radius:7px;overflow:hidden;margin:10px 0 6px}.split span{display:block;min-width:2px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 22px;margin:12px 0}.facts dt{color:var(--soft);font-size:14px}.facts dd{margin:0;min-width:0}
.scroll{overflow:auto;max-height:420px}.scroll table{font-size:13px}.scroll th{position:sticky;top:0;background:var(--card)}.scroll td,.scroll th{padding:4px 14px 4px 0;white-space:nowrap}
footer{margin-top:60px;color:var(--soft);font-size:13px;border-top:1px solid var(--rule);padding-top:14px}
h3.list{margin:26px 0 8px}
@media(max-width:640px){main{padding:24px 14px 60px}.card{padding:14px}.wide,.scroll{overflow:visible;max-height:none}
table.stack,table.stack tbody,table.stack tr,table.stack td{display:block;width:auto}table.stack thead{display:none}
table.stack tr{padding:10px 0;border-bottom:1px solid var(--rule)}table.stack tr:first-child{padding-top:0}table.stack tr:last-child{border-bottom:0;padding-bottom:0}
table.stack td,.scroll table.stack td{border:0;padding:2px 0;text-align:left;white-space:normal;overflow-wrap:anywhere}
table.stack td[data-label]{display:grid;grid-template-columns:8.5em minmax(0,1fr);gap:2px 12px}table.stack td[data-label]>*{grid-column:2}
table.stack td[data-label]::before{content:attr(data-label);grid-row:1;color:var(--soft);font-size:13px;font-weight:400}
table.stack td small{max-width:none}svg.interval{width:100%;max-width:220px}
.facts{grid-template-columns:minmax(0,1fr)}.facts dt{margin-top:8px}.top{flex-wrap:wrap}.task .cols{gap:14px}}
@media print{:root,:root[data-theme=dark],:root:not([data-theme=light]){color-scheme:light;${LIGHT}}
body{background:#fff;font-size:12.5px}main{max-width:none;padding:0}.theme,.tip{display:none}
.card,figure,tr,.tiles{break-inside:avoid}.card.task{break-inside:auto}h2,h3{break-after:avoid}
.doc,.scroll{max-height:none;overflow:visible}.wide{overflow:visible}.chips li{white-space:normal}
.bar,.split,mark,.band,.dot,.heat{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
