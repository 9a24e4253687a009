namespace Crid.Cli;

/// <summary>How a verb shows what it found.</summary>
internal enum OutputFormat
{
    Table,
    Json,
}
