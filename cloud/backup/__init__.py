"""Backups taken while the service runs, and what they become on an empty machine.

`take` makes one archive (`archive`, told by its `manifest`) on a `shelf`; `restore` brings it back, and
`lost` names what gateways were told is stored and is not there.

Which of the two databases first
--------------------------------
The relational database must not know of what the series file lacks, nor the series file have forgotten
what the relational one never heard. A slice leaves the series file once its alerts are committed: were the
relational database copied first, a slice judged in between would be in neither, and its alert lost. So for
a moment nobody may write the series file: its snapshot begins, then the relational one, then writing goes
on. Whatever is judged from that slice on is in neither copy's past: the restored slice waits, and is judged
once. A slice that was judged and not yet forgotten is known by its id, and is not judged again. Bindings and
patients that stored records speak of were read before they were stored, so the later copy has them.
A device's newest report and a command's answer are noted after their record is stored: one of them may be
missing, and comes with the next report, or when the command is sent again, which a gateway answers as before.
"""
