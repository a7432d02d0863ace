// How a case is called on screen: the end of its id, which is chance and so tells cases apart.
export const caseNumber = (id) => id.slice(-6).toUpperCase();
