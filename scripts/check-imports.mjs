/**
 * Checks the rules of .dependency-cruiser.cjs over src. Fails on an empty graph (see the note
 * there).
 */
import { createRequire } from "node:module";
import process from "node:process";
import swc from "@swc/core/Visitor.js";
import { cruise } from "dependency-cruiser";

const require = createRequire(import.meta.url);
const { forbidden, options } = require("../.dependency-cruiser.cjs");

// The visitor that dependency-cruiser uses throws on `using` declarations, which it does not
// support.
const visitKnown = swc.Visitor.prototype.visitStatement;
swc.Visitor.prototype.visitStatement = function visitStatement(statement) {
  if (statement.type !== "UsingDeclaration") return visitKnown.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

const { output } = await cruise(["src"], { ...options, ruleSet: { forbidden }, validate: true });
const modules = output.modules.filter((module) => module.source.startsWith("src/"));
const edges = modules.reduce((sum, module) => sum + module.dependencies.length, 0);

for (const { from, to, rule } of output.summary.violations) {
  const { comment } = forbidden.find((one) => one.name === rule.name);
  console.error(`${rule.name}: ${from} -> ${to}. ${comment}`);
}
if (modules.length === 0 || edges === 0) {
  console.error("import check saw no modules or no imports: the parser is broken, nothing was checked");
  process.exit(1);
}
console.error(
  `imports: ${modules.length} modules, ${edges} imports, ${output.summary.violations.length} violations`,
);
process.exit(output.summary.violations.length === 0 ? 0 : 1);
