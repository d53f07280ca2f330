/** Version of gitfed. A test holds it against package.json; `npm run release:version` moves both. */
export const VERSION = '0.1.0';
