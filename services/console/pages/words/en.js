// All words in English, room by room.
import agent from "./en/agent.js";
import boards from "./en/boards.js";
import house from "./en/house.js";

export default { ...house, ...agent, ...boards };
