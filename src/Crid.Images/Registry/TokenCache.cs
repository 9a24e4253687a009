using System.Security.Cryptography;
using System.Text;

namespace Crid.Images;

/// <summary>
/// Tokens of token servers until they run out, so that the pulls of a node do not fetch one each. A token is found only with the very
/// credentials that it was fetched with.
/// </summary>
internal sealed class TokenCache(TimeProvider time)
{
    private const int MaxTokens = 256;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BearerToken> _tokens = new(StringComparer.Ordinal);

    /// <summary>Names a token by all that decides what the server would answer; the name shows none of it.</summary>
    public static string GetKey(Uri realm, string service, IEnumerable<string> scopes, HostCredentials? credentials)
    {
        string text = string.Join('\n', [realm.AbsoluteUri, service, string.Join(' ', scopes), credentials?.User, credentials?.Password, credentials?.IdentityToken]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    public BearerToken? Find(string key)
    {
        lock (_lock)
        {
            return _tokens.TryGetValue(key, out BearerToken? token) && time.GetUtcNow() < token.Expires ? token : null;
        }
    }

    public void Add(string key, BearerToken token)
    {
        lock (_lock)
        {
            if (_tokens.Count >= MaxTokens)
            {
                RemoveOldest();
            }

            _tokens[key] = token;
        }
    }

    /// <summary>Forgets a token that a registry did not accept.</summary>
    public void Remove(string key)
    {
        lock (_lock)
        {
            _tokens.Remove(key);
        }
    }

    private void RemoveOldest()
    {
        string oldest = _tokens.MinBy(static entry => entry.Value.Expires).Key;
        _tokens.Remove(oldest);
    }
}
