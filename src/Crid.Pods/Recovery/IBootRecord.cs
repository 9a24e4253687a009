namespace Crid.Pods;

/// <summary>The boot that the rows speak of.</summary>
internal interface IBootRecord
{
    Task<string?> ReadAsync();

    Task WriteAsync(string bootId);
}
