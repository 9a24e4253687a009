using System.Net.Http.Headers;
using System.Text;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Fetches the tokens that a host's token server gives for one repository.</summary>
internal sealed class TokenClient(
    RegistryTransport transport, RegistryOptions options, TokenCache cache, RegistryHost host, string repository, TimeProvider time)
{
    private const int MaxTokenBytes = 1 << 20;

    /// <summary>A token that answers a challenge, and whether it was fetched just now.</summary>
    /// <param name="challenge">What the host asked for.</param>
    /// <param name="credentials">What to show to the token server; null for an anonymous token.</param>
    /// <param name="renew">True where the token that is known was refused.</param>
    public async Task<(BearerToken Token, bool Fresh)> GetAsync(Challenge challenge, HostCredentials? credentials, bool renew, CancellationToken cancellationToken)
    {
        Uri realm = GetRealm(challenge);
        string service = challenge.Find("service") ?? "";
        string[] scopes = GetScopes(challenge);
        string key = TokenCache.GetKey(realm, service, scopes, credentials);
        if (renew)
        {
            cache.Remove(key);
        }

        if (cache.Find(key) is { } known)
        {
            return (known, Fresh: false);
        }

        using HttpRequestMessage request = credentials?.IdentityToken is { } identityToken
            ? MakeOAuthRequest(realm, service, scopes, identityToken)
            : MakeTokenRequest(realm, service, scopes, credentials);
        BearerToken token = await FetchAsync(realm, request, cancellationToken);
        cache.Add(key, token);
        return (token, Fresh: true);
    }

    private async Task<BearerToken> FetchAsync(Uri realm, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        bool ownHost = realm.Authority == host.Uri.Authority;
        foreach ((string name, string value) in ownHost ? host.Headers : [])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        HttpMessageInvoker invoker = ownHost ? transport.For(host) : transport.ForOthers(host);
        using HttpResponseMessage response = await RegistryHttp.SendAsync(invoker, request, host, options.ResponseTimeout, cancellationToken);
        byte[] body = await RegistryHttp.ReadAsync(response, MaxTokenBytes, options.StallTimeout, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw RegistryHttp.ToFailure(response, body, $"token for {host.Uri.Authority}/{repository}");
        }

        RegistryToken token = ImageDocuments.ParseToken(body);
        string? text = string.IsNullOrEmpty(token.AccessToken) ? token.Token : token.AccessToken;
        if (string.IsNullOrEmpty(text) || text.Any(char.IsControl))
        {
            throw new CridException(ErrorKind.PermissionDenied, $"the token server of {host.Uri.Authority} sent no token");
        }

        DateTimeOffset now = time.GetUtcNow();
        return new BearerToken(text, now + TokenLifetime.GetRest(token, now));
    }

    private Uri GetRealm(Challenge challenge)
    {
        if (!Uri.TryCreate(challenge.Find("realm"), UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("http" or "https"))
        {
            throw new CridException(ErrorKind.PermissionDenied, $"{host.Uri.Authority} names no valid token server");
        }

        // Over plain HTTP everybody on the way could read the secret; a registry that is itself reached so has given that up.
        return realm.Scheme == "https" || host.Uri.Scheme == "http"
            ? realm
            : throw new CridException(ErrorKind.PermissionDenied, $"{host.Uri.Authority} names a token server without TLS, which gets no credentials");
    }

    private string[] GetScopes(Challenge challenge) =>
        [.. new[] { $"repository:{repository}:pull" }
            .Concat((challenge.Find("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct().Order(StringComparer.Ordinal)];

    private static HttpRequestMessage MakeTokenRequest(Uri realm, string service, string[] scopes, HostCredentials? credentials)
    {
        StringBuilder query = new(realm.Query.Length > 1 ? realm.Query + "&" : "?");
        query.Append("service=").Append(Uri.EscapeDataString(service));
        foreach (string scope in scopes)
        {
            query.Append("&scope=").Append(Uri.EscapeDataString(scope));
        }

        HttpRequestMessage request = new(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri);
        request.Headers.Authorization = credentials?.User is not null ? new AuthenticationHeaderValue("Basic", credentials.EncodeBasic()) : null;
        return request;
    }

    private static HttpRequestMessage MakeOAuthRequest(Uri realm, string service, string[] scopes, string identityToken) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = identityToken,
            ["service"] = service,
            ["scope"] = string.Join(' ', scopes),
            ["client_id"] = "crid",
        }),
    };
}
