//! Large files go through little memory.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::sync::Arc;

use affinity_core::{CompanyId, EntityFileId, Transport};
use affinity_v1::{Client, Upload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is uploaded; what is downloaded lies on the disk meanwhile, so it is less.
const LARGE: u64 = 1 << 30;
const SIZE: u64 = 256 << 20;

/// The most memory this process had at any time so far, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

fn client(listener: &TcpListener) -> Client {
    let url = format!("http://{}", listener.local_addr().unwrap());
    Client::over(Arc::new(Transport::builder().api_key("sesame").base_url(url).build().unwrap()))
}

/// Reads a request to its end and tells how long its body is.
async fn body_length(connection: &mut TcpStream) -> u64 {
    let (mut head, mut total, mut length) = (Vec::new(), 0, None);
    let mut piece = vec![0; 64 << 10];
    while length.is_none_or(|length| total < length) {
        let bytes = connection.read(&mut piece).await.unwrap();
        assert!(bytes > 0, "the request broke off");
        if length.is_some() {
            total += bytes as u64;
            continue;
        }
        head.extend_from_slice(&piece[..bytes]);
        let Some(end) = head.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = String::from_utf8(head[..end].to_vec()).unwrap().to_lowercase();
        let stated = text.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::parse);
        length = Some(stated.map_or(0, Result::unwrap));
        total = (head.len() - end - 4) as u64;
    }
    total
}

async fn take(listener: TcpListener) -> u64 {
    let (mut connection, _) = listener.accept().await.unwrap();
    let length = body_length(&mut connection).await;
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
    length
}

/// Redirects to itself, and gives zeros there.
async fn give(listener: TcpListener) {
    let (mut connection, _) = listener.accept().await.unwrap();
    body_length(&mut connection).await;
    let redirect = b"HTTP/1.1 302 Found\r\nlocation: /f\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    connection.write_all(redirect).await.unwrap();
    drop(connection);
    let (mut connection, _) = listener.accept().await.unwrap();
    body_length(&mut connection).await;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    tokio::io::copy(&mut tokio::io::repeat(0).take(SIZE), &mut connection).await.unwrap();
}

#[tokio::test]
async fn a_large_file_goes_both_ways_in_under_64_mib() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let files = client(&listener).entity_files();
    let taken = tokio::spawn(take(listener));
    let upload = Upload::reader("large.bin", tokio::io::repeat(0).take(LARGE)).size(LARGE);
    files.upload(CompanyId::new(640_118), upload).send().await.unwrap();
    assert!(taken.await.unwrap() > LARGE);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let files = client(&listener).entity_files();
    let given = tokio::spawn(give(listener));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.bin");
    let download = files.download(EntityFileId::new(1));
    assert_eq!(download.to_path(&path).await.unwrap(), SIZE);
    given.await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), SIZE);

    let peak = peak();
    println!("{peak} MiB");
    assert!(peak < 64, "{peak} MiB");
}
