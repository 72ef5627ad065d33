// What every page does, and the door through which pages take the shared modules.

export { announce, element, fill, hintText, issueText, refusalText, table } from "./elements.js";
export { ConnectionError, ProblemError, ask, askJson, connectionBack, connectionLost, fragment, isRefusal, onConnectionBack, problemOf, repeat, requestKey, tolerate, withMeanings } from "./service.js";
export { duration, lang, moment, number, percent, word, wordOr } from "./words.js";
