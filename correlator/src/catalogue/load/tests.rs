//! What operators write over the shipped catalogue, rightly and wrongly.

use expect_test::{Expect, expect};

use crate::catalogue::{Catalogue, Rank};

fn check_error(text: &str, expected: &Expect) {
    let error = Catalogue::with_overrides(&[("site.toml", text)]).unwrap_err();
    expected.assert_eq(&error.to_string());
}

#[test]
fn an_operators_mistakes_are_told() {
    check_error(
        "[utility.x]\nimages = [\"x\"]\nfamilie = \"tar\"\n",
        &expect![
            "site.toml:3: [utility.x]: unknown field `familie`, expected one of `images`, `consume`, `pe_names`, `products`, `family`, `purpose`, `suffix`, `deletes_sources`, `runtime`, `scratch`; correct or remove it"
        ],
    );
    check_error(
        "[place.\"my place\"]\n\npaths = [\"tmp/\"]\nrank = \"high\"\n",
        &expect![[
            r#"site.toml:1: [place.my place]: paths = "tmp/": a path pattern begins with '/', '~/', '**/', '?:/', '%' or '$'"#
        ]],
    );
    check_error(
        "[format.x]\nclass = \"archive\"\nmagic = [\"0: 5\"]\n",
        &expect![[
            r#"site.toml:1: [format.x]: magic = "0: 5": a magic number is written "offset: bytes" with the bytes in hexadecimal (`0: 50 4B 03 04`, `??` for any byte, `00*12` for twelve of one, a negative offset from the end)"#
        ]],
    );
    check_error(
        "[benign.x]\nby = [\"**/rsync\"]\ndestination = [\"/x/\"]\n",
        &expect![[
            r#"site.toml:1: [benign.x]: by = "**/rsync": give the program's directory from its root"#
        ]],
    );
    check_error(
        "remove = [\"benign.nothing\"]\n",
        &expect![[
            r#"site.toml:1: remove = "benign.nothing": there is no such entry; write it as "section.name" with the name of an entry of the built-in catalogue or of an earlier file"#
        ]],
    );
    check_error(
        "[utility.a]\nimages = [\"q\"]\nfamily = \"tar\"\npurpose = \"archive\"\n\
         [utility.b]\nimages = [\"q\"]\nfamily = \"tar\"\npurpose = \"archive\"\n",
        &expect![[
            r#"site.toml:5: [utility.b]: images = "q": another entry of this file has the name"#
        ]],
    );
    check_error(
        "[format.x]\nclass = \"archive\"\nextensions = [\".ZIP\"]\n",
        &expect![[
            r#"site.toml:1: [format.x]: extensions = ".ZIP": an extension is written in lower case and without dot"#
        ]],
    );
}

#[test]
fn an_operators_file_replaces_adds_and_removes() {
    let text = r#"
        remove = ["benign.git"]
        [utility.packer]
        images = ["packer", "zip"]
        family = "plain"
        purpose = "archive"
        [place.temporary]
        paths = ["/scratch/"]
        rank = "low"
    "#;
    let catalogue = Catalogue::with_overrides(&[("site.toml", text)]).unwrap();
    assert_eq!(&*catalogue.utility(b"packer").unwrap().name, "packer");
    assert_eq!(&*catalogue.utility(b"zip").unwrap().name, "packer");
    assert!(catalogue.place(b"/tmp/x").is_none());
    assert_eq!(catalogue.place(b"/scratch/x").unwrap().rank, Rank::Low);
    assert!(
        catalogue
            .benign([&b"/usr/bin/git"[..]], b"/p/.git/objects/x")
            .is_none()
    );
}
