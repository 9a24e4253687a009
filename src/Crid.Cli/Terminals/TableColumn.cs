namespace Crid.Cli;

/// <summary>A column of a table.</summary>
/// <param name="Header">Shown in capitals, as ps does.</param>
/// <param name="MinimumWidth">The column is never made narrower than this to fit a screen; 0: it is never shortened.</param>
/// <param name="AlignRight">For numbers.</param>
internal sealed record TableColumn(string Header, int MinimumWidth = 0, bool AlignRight = false);
