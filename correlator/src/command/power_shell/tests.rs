//! Scripts and what they pack through, as a table.

use super::super::{Output, scripted};
use crate::catalogue::Catalogue;

fn meaning(catalogue: &Catalogue, text: &str) -> String {
    let command = scripted(catalogue, text.as_bytes()).unwrap();
    let mut words = vec![format!("{:?}", command.purpose).to_lowercase()];
    if let Some(through) = &command.through {
        words.push(format!("by {}.{}", through.class, through.method));
    }
    if command.password {
        words.push("password".to_owned());
    }
    match &command.output {
        Output::File(name) => words.push(format!("> {}", String::from_utf8_lossy(name))),
        Output::Unknown => {}
        other => words.push(format!("{other:?}")),
    }
    for input in &command.inputs {
        words.push(format!("< {}", String::from_utf8_lossy(input)));
    }
    words.join(" ")
}

#[test]
fn classes_and_cmdlets_of_scripts() {
    let catalogue = Catalogue::builtin();
    for (text, expected) in [
        (
            "[System.IO.Compression.ZipFile]::CreateFromDirectory($a, $b)",
            "archive by System.IO.Compression.ZipFile.CreateFromDirectory > $b < $a",
        ),
        (
            "$a = 'C:\\d'; $b = \"$a\\o.zip\"; [IO.Compression.ZipFile]::CreateFromDirectory($a, $b)",
            "archive by System.IO.Compression.ZipFile.CreateFromDirectory > C:\\d\\o.zip < C:\\d",
        ),
        (
            "$z = [IO.Compression.ZipFile]::Open('C:\\o.zip', 'Update')",
            "archive by System.IO.Compression.ZipFile.Open > C:\\o.zip",
        ),
        (
            "$f = [IO.File]::Create('C:\\o.zip')\n$z = New-Object IO.Compression.ZipArchive($f, [IO.Compression.ZipArchiveMode]::Create)",
            "archive by System.IO.Compression.ZipArchive.Create > C:\\o.zip",
        ),
        (
            "$o = [IO.File]::OpenWrite('o.gz'); New-Object IO.Compression.GZipStream $o, ([IO.Compression.CompressionMode]::Compress)",
            "compress by System.IO.Compression.GZipStream.Compress > o.gz",
        ),
        (
            "$z = New-Object IO.Compression.DeflateStream($m, [IO.Compression.CompressionMode]::Decompress)",
            "consume",
        ),
        (
            "(New-Object -Com Shell.Application).NameSpace('C:\\o.zip').CopyHere('C:\\d')",
            "archive by Shell.Application.CopyHere > C:\\o.zip < C:\\d",
        ),
        (
            "$z = New-Object Ionic.Zip.ZipFile; $z.Password = 'p'; $z.AddDirectory('C:\\d'); $z.Save('C:\\o.zip')",
            "archive by Ionic.Zip.ZipFile.Save password > C:\\o.zip < C:\\d",
        ),
        (
            "$f = New-Object ICSharpCode.SharpZipLib.Zip.FastZip; $f.CreateZip('o.zip', 'C:\\d', $true, '')",
            "archive by ICSharpCode.SharpZipLib.Zip.FastZip.CreateZip > o.zip < C:\\d",
        ),
        (
            "$b[$i] = $b[$i] -bxor 7; [IO.File]::WriteAllBytes('o.bin', $b)",
            "encrypt by PowerShell.-bxor > o.bin",
        ),
        ("$key = 5 -bxor 7; Write-Output $key", "other"),
        (
            "if ($x) { Microsoft.PowerShell.Archive\\Compress-Archive -Path a, b -DestinationPath o }",
            "archive > o < a < b",
        ),
        (
            "$r = Compress-Archive a o.zip -PassThru",
            "archive > o.zip < a",
        ),
        (
            "Com`press-Archive `\n -Path ${env:APPDATA}\\x -DestinationPath o.zip",
            "archive > o.zip < $env:APPDATA\\x",
        ),
        (
            "$p = @{ LiteralPath = 'a'\n DestinationPath = 'o.zip' }; Compress-Archive @p",
            "archive > o.zip < a",
        ),
        ("# Compress-Archive a o.zip\nGet-Date", "other"),
        ("<# Compress-Archive a o.zip #> Get-Date", "other"),
        ("$t = @'\nCompress-Archive a o.zip\n'@\nGet-Date", "other"),
        ("function Compress-Archive { param($Path) }", "other"),
        ("Expand-Archive in.zip", "consume < in.zip"),
        (
            "Copy-Item a -Destination C:\\s -Recurse",
            "copy > C:\\s < a",
        ),
    ] {
        assert_eq!(meaning(&catalogue, text), expected, "{text}");
    }
}

#[test]
fn nonsense_is_read_to_its_end() {
    let catalogue = Catalogue::builtin();
    for text in [
        "'", "\"", "@\"", "@'", "<#", "#", "`", "$", "${", "$=", "{", "| |", "= =", "$a =",
    ] {
        assert_eq!(meaning(&catalogue, text), "other", "{text}");
    }
}
