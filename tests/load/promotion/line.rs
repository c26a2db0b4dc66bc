//! The history of a tag as one line of moves: each takes it from where the move before has put it.

use super::observation::Event;

/// A move of the tag by one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) request_id: String,
    /// The image that it was taken from; only the first move of all takes it from none.
    pub(super) from: Option<usize>,
    pub(super) to: usize,
}

/// The moves of a tag in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The image that had the tag before the first of them.
    start: Option<usize>,
    moves: Vec<Move>,
}

impl Line {
    /// Reads the events since the tag was on the image `start`, oldest first. The error says where
    /// they are no line of moves.
    pub(super) fn new(start: Option<usize>, events: &[Event]) -> Result<Self, String> {
        if let Some(pair) = events.windows(2).find(|pair| pair[0].id >= pair[1].id) {
            return Err(format!("the events are out of order: {pair:?}"));
        }
        let (mut moves, mut events) = (Vec::<Move>::new(), events.iter());
        while let Some(event) = events.next() {
            let from = moves.last().map_or(start, |last| Some(last.to));
            let added = match from {
                None => event,
                Some(from) => {
                    let takes = !event.is_added && event.image == from;
                    let next = events.next().filter(|_| takes);
                    let next = next.filter(|next| next.request_id == event.request_id);
                    next.ok_or(format!("not taken from image {from}: {event:?}"))?
                }
            };
            if !added.is_added || from == Some(added.image) {
                return Err(format!("not put on another image: {added:?}"));
            }
            moves.push(Move {
                request_id: added.request_id.clone(),
                from,
                to: added.image,
            });
        }
        Ok(Self { start, moves })
    }

    pub(super) fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The image that has the tag after so many moves.
    pub(super) fn carrier(&self, count: usize) -> Option<usize> {
        let last = count.checked_sub(1).map(|last| self.moves[last].to);
        last.or(self.start)
    }

    /// The image that has the tag in the end.
    pub(super) fn end(&self) -> Option<usize> {
        self.carrier(self.moves.len())
    }
}
