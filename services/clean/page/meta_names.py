"""What names of ``<meta>`` tags and marked elements mean, compared without case and signs."""

from __future__ import annotations

import re

_PUBLISHED = (
    "date pubdate publishdate publisheddate publicationdate datepublished datepublication publishedtime publishtime publicationtime publishedat publishedon published "
    "articlepublishedtime articlepublished articlepublicationdate articlepublishdate articlepublisheddate articlepubdate articledateoriginal articledate "
    "articleoriginalpublicationdate originalpublicationdate originalpublishdate firstpublished firstpublicationdate firstpublishedtime datefirstpublished "
    "ogpublishedtime ogarticlepublishedtime ogpubdate ogpublishdate ogarticlepublished rnewsdatepublished schemadatepublished itempropdatepublished "
    "dcdate dcdateissued dcdatepublished dcissued dctermsissued dctermsdate dctermsdateissued dateissued issuedate issued prismpublicationdate citationpublicationdate "
    "citationdate sailthrudate parselypubdate btpubdate cxenseparsepublishtime cxenseparserecspublishtime weiboarticlecreateat pubdatetime pubtime publishdatetime "
    "newspublishdate tarih fecha contentpublishdate publicationdatetime datetimepublished analyticspublishdate displaydate releasedate dtpublished entrydate postdate storydate"
)
_CREATED = "dctermscreated dcdatecreated dccreated datecreated created createdat createdon createddate creationdate articlecreated"
_MODIFIED = (
    "articlemodifiedtime articlemodified articleupdated articleupdatedtime articlemodifieddate articledateupdated ogupdatedtime ogmodifiedtime "
    "ogarticlemodifiedtime datemodified lastmod lastmodified lastmodifieddate modifieddate modified updated updatedtime updateddate dateupdated "
    "lastupdated lastupdatedate revised dcdatemodified dcmodified dctermsmodified rnewsdatemodified schemadatemodified dtupdated"
)
_OTHERS = {
    "title": "ogtitle twittertitle headline dctitle dctermstitle parselytitle sailthrutitle",
    "description": "ogdescription twitterdescription description dcdescription dctermsdescription abstract",
    "author": "author articleauthor dccreator dctermscreator parselyauthor sailthruauthor",
    "site_name": "ogsitename",
    "section": "articlesection",
    "url": "ogurl",
    "locale": "oglocale",
    "type": "ogtype",
    "keywords": "keywords newskeywords",
}
ROLES = {
    name: role
    for role, names in {
        "published": _PUBLISHED,
        "created": _CREATED,
        "modified": _MODIFIED,
        **_OTHERS,
    }.items()
    for name in names.split()
}
DATES = frozenset({"published", "created", "modified"})

_SIGNS = re.compile(r"[^a-z0-9]+")
_CHANGED = re.compile(r"modif|updat|revis|chang")
_PUBLISHING = re.compile(
    r"(?:publish(?:ed)?|publication|pub|issued?|posted)(?:date|time|datetime|at|on)+$|(?:date|time)(?:published|publication|issued|posted)$"
)


def role_of(name: str) -> str:
    """Return what a name says: a role of claims, or nothing."""
    plain = _SIGNS.sub("", name.lower())
    role = ROLES.get(plain, "")
    if role:
        return role
    return "published" if _PUBLISHING.search(plain) and not _CHANGED.search(plain) else ""
