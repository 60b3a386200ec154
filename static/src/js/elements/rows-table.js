// <rows-table>: adds, removes and pastes rows.
