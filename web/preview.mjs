// The page of one picture exists for those who preview links; people go on to the playground.
const open = new URL(document.getElementById('open').href);
open.search = location.search; // its language
location.replace(open.href);
