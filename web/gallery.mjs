// The gallery in the visitor's language; without scripts it is in English.
import { speak, t } from './strings.mjs';

await speak().catch(() => {}); // it is a page of pictures
document.title = `${t('Gallery')} · AVAE`;
