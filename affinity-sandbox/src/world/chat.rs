use chrono::{DateTime, Utc};

use super::entry::Creator;
use super::{Direction, World, WorldError, choose};

/// A chat message, as handed to [`World::add_chat_message`]. Chat messages are entered by hand.
#[derive(Clone, Debug)]
#[must_use = "a chat message exists once it is added to a world"]
pub struct LoggedChatMessage {
    pub(crate) id: u64,
    pub(crate) sent_at: DateTime<Utc>,
    pub(crate) direction: Direction,
    pub(crate) participants: Vec<u64>,
    pub(crate) creator: Option<u64>,
    entered_by: Creator,
}

impl LoggedChatMessage {
    /// A chat message that the main user entered, so far without anybody in it.
    pub fn new(sent_at: DateTime<Utc>, direction: Direction) -> Self {
        let entered_by = Creator::MainUser;
        Self { id: 0, sent_at, direction, participants: Vec::new(), creator: None, entered_by }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Adds a person that takes part.
    pub fn participant(mut self, person: u64) -> Self {
        self.participants.push(person);
        self
    }

    /// Sets the person that entered it.
    pub fn creator(mut self, person: u64) -> Self {
        self.entered_by = Creator::Person(person);
        self
    }
}

impl World {
    /// Adds a chat message and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, or a person that is named does not exist.
    pub fn add_chat_message(&mut self, mut message: LoggedChatMessage) -> Result<u64, WorldError> {
        if self.chat_messages.contains_key(&message.id) {
            return Err(WorldError::Taken { what: "chat message", id: message.id });
        }
        message.creator = message.entered_by.person(self.main_user());
        for person in message.participants.iter().copied().chain(message.creator) {
            self.check_person(person)?;
        }
        message.id = choose(&mut self.ids.chat_message, message.id, &self.chat_messages)?;
        let id = message.id;
        self.chat_messages.insert(id, message);
        Ok(id)
    }
}
