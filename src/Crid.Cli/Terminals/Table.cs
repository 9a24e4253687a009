using System.Text;

namespace Crid.Cli;

/// <summary>Rows of text in aligned columns that fit the screen: where they do not, the widest columns that may be shortened are.</summary>
internal sealed class Table(params TableColumn[] columns)
{
    private const int Gap = 3;
    private const char Ellipsis = '…';
    private readonly List<string[]> _rows = [];

    /// <summary>Adds one cell for each column. Control characters are made visible: a name must not move the cursor.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns", nameof(cells));
        }

        _rows.Add(Array.ConvertAll(cells, SafeText.Of));
    }

    /// <param name="screenWidth">Columns of the screen; null: as wide as the widest cells.</param>
    public void Write(TextWriter output, int? screenWidth)
    {
        int[] widths = NaturalWidths();
        if (screenWidth is int available)
        {
            Shrink(widths, available);
        }

        StringBuilder line = new();
        WriteRow(output, line, widths, Array.ConvertAll(columns, column => column.Header));
        foreach (string[] row in _rows)
        {
            WriteRow(output, line, widths, row);
        }
    }

    private int[] NaturalWidths()
    {
        int[] widths = Array.ConvertAll(columns, column => column.Header.Length);
        foreach (string[] row in _rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        return widths;
    }

    /// <summary>Takes one character at a time from the widest column that still may shrink, until the row fits or none may.</summary>
    private void Shrink(int[] widths, int available)
    {
        int excess = widths.Sum() + (Gap * (widths.Length - 1)) - available;
        for (; excess > 0; excess--)
        {
            int widest = -1;
            for (int i = 0; i < widths.Length; i++)
            {
                bool mayShrink = columns[i].MinimumWidth > 0 && widths[i] > Math.Max(columns[i].MinimumWidth, columns[i].Header.Length);
                if (mayShrink && (widest < 0 || widths[i] > widths[widest]))
                {
                    widest = i;
                }
            }

            if (widest < 0)
            {
                return;
            }

            widths[widest]--;
        }
    }

    private void WriteRow(TextWriter output, StringBuilder line, int[] widths, string[] cells)
    {
        line.Clear();
        for (int i = 0; i < cells.Length; i++)
        {
            string cell = cells[i].Length <= widths[i] ? cells[i] : cells[i][..(widths[i] - 1)] + Ellipsis;
            line.Append(columns[i].AlignRight ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            line.Append(' ', Gap);
        }

        output.WriteLine(line.ToString().TrimEnd());
    }
}
