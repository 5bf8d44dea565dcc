// The page of one picture exists for those who preview links; people go on to the playground.
location.replace(document.getElementById('open').href);
