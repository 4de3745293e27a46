// Reads a JSON list of formulas from standard input and prints a JSON list of
// {formula, message} for those that KaTeX does not accept in strict mode.
import { readFileSync } from "node:fs";
import katex from "katex";

const options = { displayMode: true, strict: "error", throwOnError: true };

function complaint(formula) {
  try {
    katex.renderToString(formula, options);
    return [];
  } catch (error) {
    return [{ formula, message: error.message }];
  }
}

const formulas = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(formulas.flatMap(complaint)));
