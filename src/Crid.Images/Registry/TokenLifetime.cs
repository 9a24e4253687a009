using System.Globalization;
using Crid.Oci;

namespace Crid.Images;

/// <summary>How long a token is good for: the Docker token specification's <c>expires_in</c>, counted from <c>issued_at</c>.</summary>
internal static class TokenLifetime
{
    private const double DefaultSeconds = 60;
    private const double MaxSeconds = 24 * 60 * 60;

    // Clocks differ: a token that was sent just now is good for the requests that wait for it.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);

    /// <summary>How long to use a token that came at this time; a little less than is left, so that it does not run out on its way.</summary>
    public static TimeSpan GetRest(RegistryToken token, DateTimeOffset now)
    {
        TimeSpan lifetime = TimeSpan.FromSeconds(token.ExpiresIn is > 0 and double seconds ? Math.Min(seconds, MaxSeconds) : DefaultSeconds);
        TimeSpan age = TryParseTime(token.IssuedAt, out DateTimeOffset issued) ? now - issued : TimeSpan.Zero;

        // A time to come, or one before the token's whole life, tells of a clock that is wrong, not of the token.
        TimeSpan rest = (age > TimeSpan.Zero && age < lifetime ? lifetime - age : lifetime) * 0.9;
        return rest > Least ? rest : Least;
    }

    private static bool TryParseTime(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
