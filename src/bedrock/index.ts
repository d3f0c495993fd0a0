export { fromBedrock } from './fromBedrock.js';
