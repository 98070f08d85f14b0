//! Conditional writes of one key at the same time.

use std::sync::Barrier;
use std::thread;

use super::{Case, Entry, Request, Upload, bytes, source};
use crate::store::Store;
use crate::wire::Answer;
use waybill_system_tests::{Error, Result};

/// How many write at once.
const WRITERS: u8 = 8;
/// Bytes each of them writes.
const SIZE: usize = 300_000;
const ONE_WINNER: &str = "one 200, the others 412 or 409, the winner's bytes stored";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("Eight PutObjects of one key at once", ONE_WINNER, source::CONDITIONAL, |store| {
            let key = store.fresh_key();
            let contents: Vec<Vec<u8>> = (0..WRITERS).map(|writer| bytes(SIZE, writer)).collect();
            let answers = at_once(&contents, |content| store.send(Request::put(&key, content.clone())))?;
            outcome(store, &key, &contents, &answers)
        }),
        Case::new("Eight CompleteMultipartUploads of one key at once", ONE_WINNER, source::CONDITIONAL, |store| {
            let key = store.fresh_key();
            let contents: Vec<Vec<u8>> = (0..WRITERS).map(|writer| bytes(SIZE, writer)).collect();
            let mut uploads = Vec::new();
            for content in &contents {
                uploads.push(ready(store, &key, content)?);
            }
            let answers = at_once(&uploads, |(upload, part)| upload.complete(&[], std::slice::from_ref(part)))?;
            outcome(store, &key, &contents, &answers)
        }),
        Case::new("PutObjects and completions of one key at once", ONE_WINNER, source::CONDITIONAL, |store| {
            let key = store.fresh_key();
            let contents: Vec<Vec<u8>> = (0..WRITERS).map(|writer| bytes(SIZE, writer)).collect();
            let mut writers = Vec::new();
            for (number, content) in contents.iter().enumerate() {
                let upload = if number % 2 == 0 { Some(ready(store, &key, content)?) } else { None };
                writers.push((content.clone(), upload));
            }
            let answers = at_once(&writers, |(content, upload)| match upload {
                Some((upload, part)) => upload.complete(&[], std::slice::from_ref(part)),
                None => store.send(Request::put(&key, content.clone())),
            })?;
            outcome(store, &key, &contents, &answers)
        }),
    ]
}

fn ready<'a>(store: &'a Store, key: &str, content: &[u8]) -> Result<(Upload<'a>, Entry)> {
    let upload = Upload::begin_at(store, key.to_owned(), &[])?;
    let part = upload.good_part(1, content)?;
    Ok((upload, part))
}

/// Does `work` for every writer, all let loose at the same moment.
fn at_once<T: Sync>(writers: &[T], work: impl Fn(&T) -> Result<Answer> + Sync) -> Result<Vec<Answer>> {
    let (start, work) = (&Barrier::new(writers.len()), &work);
    thread::scope(|scope| {
        let begin = |writer| {
            scope.spawn(move || {
                start.wait();
                work(writer)
            })
        };
        let threads: Vec<_> = writers.iter().map(begin).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|joined| joined.unwrap_or_else(|_| Err(Error::unexpected("a writer panicked")))).collect()
    })
}

fn outcome(store: &Store, key: &str, contents: &[Vec<u8>], answers: &[Answer]) -> Result<String> {
    let winners: Vec<usize> = (0..answers.len()).filter(|&writer| answers[writer].is_good()).collect();
    let others_lost = answers.iter().filter(|answer| !answer.is_good()).all(|answer| {
        ["412 PreconditionFailed", "409 ConditionalRequestConflict", "409 OperationAborted"]
            .contains(&answer.said().as_str())
    });
    let stored = store.stored(key)?;
    let kept = match winners[..] {
        [winner] => stored.as_ref() == Some(&contents[winner]),
        _ => false,
    };
    if winners.len() == 1 && others_lost && kept {
        return Ok(ONE_WINNER.to_owned());
    }
    if winners.len() > 1 {
        return Ok("more than one 200".to_owned());
    }
    let said: Vec<String> = answers.iter().map(Answer::said).collect();
    Ok(format!("{}; the winner's bytes {}stored", said.join(", "), if kept { "" } else { "not " }))
}
