// All words in Chinese, room by room.
import agent from "./zh-CN/agent.js";
import boards from "./zh-CN/boards.js";
import house from "./zh-CN/house.js";

export default { ...house, ...agent, ...boards };
