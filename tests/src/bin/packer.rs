//! A packer that loads no library: crates do the work, linked in.
//!
//! Step: tests. `packer zip OUT FILE...` and `packer gzip OUT FILE` pack, `packer unzip IN FOLDER`
//! and `packer gunzip IN OUT` are the doubles of the same program.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["zip", out, files @ ..] => zip(out, files),
        ["gzip", out, file] => gzip(out, file),
        ["unzip", from, folder] => unzip(from, folder),
        ["gunzip", from, out] => gunzip(from, out),
        _ => Err(io::Error::other(
            "packer zip OUT FILE... | gzip OUT FILE | unzip IN FOLDER | gunzip IN OUT",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn zip(out: &str, files: &[&str]) -> io::Result<()> {
    let mut archive = ZipWriter::new(File::create(out)?);
    for file in files {
        archive.start_file(*file, SimpleFileOptions::default())?;
        io::copy(&mut File::open(file)?, &mut archive)?;
    }
    archive.finish()?;
    Ok(())
}

fn gzip(out: &str, file: &str) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(out)?, Compression::default());
    io::copy(&mut File::open(file)?, &mut encoder)?;
    encoder.finish()?;
    Ok(())
}

fn unzip(from: &str, folder: &str) -> io::Result<()> {
    ZipArchive::new(File::open(from)?)?.extract(Path::new(folder))?;
    Ok(())
}

fn gunzip(from: &str, out: &str) -> io::Result<()> {
    io::copy(
        &mut GzDecoder::new(File::open(from)?),
        &mut File::create(out)?,
    )?;
    Ok(())
}
