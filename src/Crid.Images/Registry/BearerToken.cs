namespace Crid.Images;

/// <summary>A token of a token server.</summary>
internal sealed record BearerToken(string Value, DateTimeOffset Expires)
{
    public override string ToString() => "BearerToken { redacted }";
}
